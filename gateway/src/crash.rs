//! Ends the process at a named point, for tests of what survives.

/// Does nothing unless `ALUN_GATEWAY_CRASH` names the point; then the process ends as by SIGKILL.
pub fn point(name: &str) {
    if std::env::var_os("ALUN_GATEWAY_CRASH").is_some_and(|at| at == name) {
        tracing::warn!(name, "crash point");
        std::process::abort();
    }
}
