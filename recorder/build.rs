//! Tells the crate which CPython it is built for, as `cfg(Py_3_13)` and the like, and that
//! version's opcodes.

use std::path::Path;
use std::process::Command;

const LIST: &str = "import opcode; print(*(f'({n!r}, {v}),' for n, v in opcode.opmap.items()))";

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    let python = pyo3_build_config::get().executable();
    let python = python.expect("set PYO3_PYTHON to the interpreter to build for");
    let listed = Command::new(python).args(["-S", "-c", LIST]).output();
    let listed = listed.expect("the interpreter to build for can be started");
    let pairs = String::from_utf8(listed.stdout).expect("names of opcodes are ASCII");
    assert!(
        listed.status.success() && !pairs.is_empty(),
        "the interpreter lists its opcodes"
    );
    let pairs = pairs.replace('\'', "\"");
    let folder = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    let text =
        format!("/// Opcodes by name.\npub(super) const OPCODES: &[(&str, u16)] = &[{pairs}];\n");
    std::fs::write(Path::new(&folder).join("opcodes.rs"), text).expect("the folder is writable");
}
