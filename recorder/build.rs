//! Tells the crate which CPython it is built for, as `cfg(Py_3_13)` and the like, and that
//! version's opcodes: their names, and how the stack grows by them for each argument below 256.

use std::path::Path;
use std::process::Command;

use pyo3_build_config::BuildFlag;

const LIST: &str = r#"
import dis, opcode

def growth(number, argument):
    try:
        return dis.stack_effect(number, argument if number in has_argument else None, jump=False)
    except ValueError:
        return 0

has_argument = getattr(dis, "hasarg", None) or range(dis.HAVE_ARGUMENT, 256)
print("pub(super) const OPCODES: &[(&str, u16)] = &[")
for name, number in opcode.opmap.items():
    print(f'("{name}", {number}),')
print("];\npub(super) const GROWTH: &[[i8; 256]] = &[")
for number in range(256):
    known = number in opcode.opmap.values()
    row = [max(-128, min(127, growth(number, n))) if known else 0 for n in range(256)]
    print(row, ",", sep="")
print("];")
"#;

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    let build = pyo3_build_config::get();
    let has_no_gil = build.build_flags().0.contains(&BuildFlag::Py_GIL_DISABLED);
    assert!(
        !has_no_gil,
        "rdbg does not support free-threaded builds of CPython yet; build it for one with the GIL"
    );
    let offsets = format!("src/offsets/v3_{}.rs", build.version().minor);
    assert!(
        Path::new(&offsets).exists(),
        "rdbg does not know the structures of this CPython: recorder/{offsets} is to be written"
    );
    let python = build.executable();
    let python = python.expect("set PYO3_PYTHON to the interpreter to build for");
    let listed = Command::new(python).args(["-S", "-c", LIST]).output();
    let listed = listed.expect("the interpreter to build for can be started");
    let text = String::from_utf8(listed.stdout).expect("names of opcodes are ASCII");
    let is_fine = listed.status.success() && !text.is_empty();
    assert!(is_fine, "the interpreter lists its opcodes");
    let folder = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&folder).join("opcodes.rs"), text).expect("the folder is writable");
}
