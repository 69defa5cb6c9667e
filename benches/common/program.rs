//! Programs that are run by programs, and what is told to them.
#![allow(dead_code)]

use std::path::Path;
use std::process::Command;

/// Whether something is to be measured: `cargo bench` adds `--bench`; `cargo test --benches` runs the program, too.
pub fn is_asked() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The words behind `--`.
pub fn words() -> Vec<String> {
    std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect()
}

/// The number behind an option such as `--rows`.
pub fn number(name: &str, default: u64) -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == name);
    place.and_then(|place| arguments.get(place + 1)).map_or(default, |text| text.parse().unwrap())
}

/// The same program with other words, as a process of its own.
pub fn again(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--bench").args(words);
    command
}

/// The program in `benches/peers`; what it is built from is fetched first if need be.
pub fn peers(words: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What this program was built with is not for that one.
    command.current_dir(folder).args(["run", "--release", "--quiet", "--locked", "--"]).args(words);
    command
}

/// What the system says of this process in MiB, such as `VmRSS` or `VmHWM` (Linux only, elsewhere none).
pub fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib.div_ceil(1_024))
}
