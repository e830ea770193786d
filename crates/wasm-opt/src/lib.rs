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
    debug_info: bool,
    mvp: bool,
}

impl OptimizationOptions {
    /// No passes but those added.
    pub fn new_opt_level_0() -> Self {
        Self { passes: Vec::new(), debug_info: false, mvp: false }
    }

    /// Adds a pass, run in the order of adding.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.passes.push(pass);
        self
    }

    /// Keeps the names section.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        self.debug_info = keep;
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
        let mut command = Command::new("wasm-opt");
        command.arg("-O0");
        // Sign extension must be enabled for the module to validate before it is lowered.
        command.args(if self.mvp {
            ["--mvp-features", "--enable-sign-ext"].as_slice()
        } else {
            ["--enable-sign-ext", "--enable-mutable-globals"].as_slice()
        });
        if self.debug_info {
            command.arg("-g");
        }
        command.args(self.passes.iter().map(|pass| pass.flag()));
        command.arg(input.as_ref()).arg("-o").arg(output.as_ref());
        let done = command.output().map_err(|error| {
            OptimizationError(format!(
                "cannot run `wasm-opt` ({error}): install the package `binaryen` or run scripts/setup"
            ))
        })?;
        if !done.status.success() {
            return Err(OptimizationError(format!(
                "{command:?} failed: {}",
                String::from_utf8_lossy(&done.stderr)
            )));
        }
        Ok(())
    }
}
