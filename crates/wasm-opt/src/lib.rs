//! Stands in for the crate `wasm-opt` in the runtime's build (docs/adr/0003).
//!
//! The original compiles binaryen from C++, minutes of a cold build, to run two passes. This one
//! offers just the items that `substrate-wasm-builder` uses and runs the `wasm-opt` on the PATH
//! (Debian package `binaryen`).

use std::{fmt, path::Path, process::Command};

/// A transformation of the module, by its command-line name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Removes DWARF sections.
    StripDwarf,
    /// Rewrites sign-extension operators as shifts, which the executor's baseline needs.
    SignextLowering,
}

impl Pass {
    fn flag(self) -> &'static str {
        match self {
            Pass::StripDwarf => "--strip-dwarf",
            Pass::SignextLowering => "--signext-lowering",
        }
    }
}

/// The command ended badly: what it said.
#[derive(Debug)]
pub struct OptimizationError(String);

impl fmt::Display for OptimizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OptimizationError {}

/// What to run on a module.
#[derive(Clone, Debug)]
pub struct OptimizationOptions {
    passes: Vec<Pass>,
    mvp: bool,
}

impl OptimizationOptions {
    /// No passes but those added and the light optimisation of [`Self::run`].
    pub fn new_opt_level_0() -> Self {
        Self { passes: Vec::new(), mvp: false }
    }

    /// Adds a pass, run in the order of adding.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.passes.push(pass);
        self
    }

    /// The builder asks to keep the names of functions. They are a tenth of the compressed module, so
    /// they are left out of it; the module before it, which lies beside it, has them.
    pub fn debug_info(&mut self, _keep: bool) -> &mut Self {
        self
    }

    /// Declares that the result may use no feature past the WebAssembly MVP.
    pub fn mvp_features_only(&mut self) -> &mut Self {
        self.mvp = true;
        self
    }

    /// Reads `input`, runs the passes, writes `output` (which may be the same file).
    pub fn run(
        &self,
        input: impl AsRef<Path>,
        output: impl AsRef<Path>,
    ) -> Result<(), OptimizationError> {
        let passes = self.known_passes()?;
        let mut command = Command::new("wasm-opt");
        // The builder asks for no optimisation. The light one takes 6 s and 2 % of the module's length;
        // the heavier ones take three times as long, and what they inline compresses badly.
        command.arg("-O1");
        if self.mvp {
            command.arg("--mvp-features");
        }
        // Sign extension must be enabled for the module to validate before it is lowered. Where the
        // pass is not known it stays disabled: a module that uses it is then refused, not altered.
        if !self.mvp || passes.contains(&Pass::SignextLowering) {
            command.arg("--enable-sign-ext");
        }
        if !self.mvp {
            // The module before it is made compact: keeps its names.
            command.args(["--enable-mutable-globals", "-g"]);
        }
        command.args(passes.iter().map(|pass| pass.flag()));
        command.arg(input.as_ref()).arg("-o").arg(output.as_ref());
        succeed(&mut command).map(drop)
    }

    /// The passes that the installed binaryen has. Before version 109 there is no lowering of sign
    /// extension; the target `wasm32v1-none`, which knows no such operators, needs none.
    fn known_passes(&self) -> Result<Vec<Pass>, OptimizationError> {
        let help = succeed(Command::new("wasm-opt").arg("--help"))?;
        let known = |pass: &Pass| {
            *pass != Pass::SignextLowering || help.contains(Pass::SignextLowering.flag())
        };
        Ok(self.passes.iter().copied().filter(known).collect())
    }
}

/// Runs a command and returns what it printed, or why it failed.
fn succeed(command: &mut Command) -> Result<String, OptimizationError> {
    let done = command.output().map_err(|error| {
        OptimizationError(format!(
            "cannot run `wasm-opt` ({error}): install the package `binaryen` or run scripts/setup"
        ))
    })?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(OptimizationError(format!("{command:?} failed: {said}")));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
