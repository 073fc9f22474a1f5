//! The native `rdbg`: reads traces where there is no Python.

fn main() {
    let arguments = std::env::args_os().collect();
    std::process::exit(cli::main(arguments, cli::Recorder::default()));
}
