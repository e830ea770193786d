//! Where models run: the device, and the number of threads on a CPU.

use crate::{InferenceError, Result};
use candle_core::Device;
use std::{fmt, str::FromStr, sync::OnceLock};

/// A kind of device, as in `--device cpu|cuda|metal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// The processor; always there.
    #[default]
    Cpu,
    /// The first NVIDIA GPU; needs a build with the feature `cuda`.
    Cuda,
    /// Apple's GPU; needs a build with the feature `metal`.
    Metal,
}

impl DeviceKind {
    /// The name used on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }

    /// Opens the device. A build without the feature and a machine without the device are both
    /// [`InferenceError::DeviceUnavailable`], each with its own way out.
    pub fn open(self) -> Result<Device> {
        fix_threads(0);
        let (opened, built, needs) = match self {
            Self::Cpu => return Ok(Device::Cpu),
            Self::Cuda => {
                (Device::new_cuda(0), cfg!(feature = "cuda"), "an NVIDIA GPU and its driver")
            }
            Self::Metal => (Device::new_metal(0), cfg!(feature = "metal"), "an Apple GPU"),
        };
        opened.map_err(|error| InferenceError::DeviceUnavailable {
            device: self.name(),
            reason: if built {
                format!("it needs {needs} ({error}); use --device cpu")
            } else {
                format!(
                    "this build has no {0} support; build with --features {0}, or use --device cpu",
                    self.name()
                )
            },
        })
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for DeviceKind {
    type Err = InferenceError;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            "metal" => Ok(Self::Metal),
            _ => Err(InferenceError::UnknownDevice { name: name.to_owned() }),
        }
    }
}

static THREADS: OnceLock<usize> = OnceLock::new();

/// Sets how many threads a computation on the CPU uses, for the whole process. Call it once, first
/// thing in `main`: candle's pools are created at their first use and keep their size. `0` means
/// what `RAYON_NUM_THREADS` says, or one per core this process may use; that is also what the first
/// model to be loaded sets. A later call with another number is refused.
pub fn set_threads(count: usize) -> Result<()> {
    let current = fix_threads(count);
    if count == 0 || current == count {
        Ok(())
    } else {
        Err(InferenceError::ThreadsFixed { current, asked: count })
    }
}

/// How many threads a computation on the CPU uses.
pub fn threads() -> usize {
    fix_threads(0)
}

/// Fixes the number of threads if it is not yet, and returns it.
///
/// Candle and its pools know no other way to be told than the environment, and candle looks there
/// at every matrix product: without the variable it counts the machine's cores each time, which
/// takes longer than a small product.
fn fix_threads(count: usize) -> usize {
    *THREADS.get_or_init(|| {
        let set = std::env::var("RAYON_NUM_THREADS").ok().and_then(|value| value.parse().ok());
        let fixed = match (count, set) {
            (0, Some(set)) if set > 0 => set,
            (0, _) => std::thread::available_parallelism().map_or(1, usize::from),
            _ => count,
        };
        std::env::set_var("RAYON_NUM_THREADS", fixed.to_string());
        std::env::set_var("CANDLE_NUM_THREADS", fixed.to_string());
        fixed
    })
}
