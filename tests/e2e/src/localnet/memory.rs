//! Memory of a set of processes, shared pages counted once.

/// Sum of the proportional set sizes in bytes; processes that are gone count nothing. Children
/// started through `nice` keep the process id, so nothing is missed.
pub(crate) fn pss(pids: &[u32]) -> u64 {
    pids.iter().map(|pid| of(*pid).unwrap_or(0)).sum()
}

fn of(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find(|line| line.starts_with("Pss:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}
