//! Points at which a test can have the process die, to show that nothing is lost there.

/// The variable that names the point: `challenged`, `collected`, `scored`, `row-written`,
/// `committed` or `revealed`. For tests only.
pub const VARIABLE: &str = "ALUN_VALIDATOR_CRASH_AT";

/// Dies at once, without unwinding or flushing, if the variable names this point.
pub fn point(name: &str) {
    if std::env::var(VARIABLE).is_ok_and(|asked| asked == name) {
        tracing::error!(point = name, "dying here, as {VARIABLE} asks");
        std::process::abort();
    }
}
