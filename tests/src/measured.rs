//! Runs a command and says how much memory it took: `measured FILE COMMAND…` writes the highest
//! number of kilobytes that were in memory, and the milliseconds of processor time, into the file.
#![forbid(unsafe_code)]

use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (Some(file), Some(program)) = (words.next(), words.next()) else {
        return ExitCode::FAILURE;
    };
    let status = Command::new(program).args(words).status();
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return ExitCode::FAILURE;
    };
    // macOS counts bytes.
    let unit = if cfg!(target_os = "macos") { 1024 } else { 1 };
    let (user, system) = (usage.user_time(), usage.system_time());
    let seconds = user.tv_sec() + system.tv_sec();
    // Wider on one system than on another.
    let micro = (user.tv_usec() + system.tv_usec()) as f64;
    let milliseconds = (seconds as f64 * 1e3 + micro / 1e3) as u64;
    let text = format!("{} {milliseconds}", usage.max_rss() / unit);
    if std::fs::write(file, text).is_err() {
        return ExitCode::FAILURE;
    }
    let code = status.ok().and_then(|status| status.code());
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255))
}
