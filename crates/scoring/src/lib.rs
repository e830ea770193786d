//! Answers → scores → moving average → weight row. Pure of network and chain: a validator feeds
//! it, an audit repeats it.
//!
//! - [`task`]: what is asked, how it is checked, what it is worth. One file a task.
//! - [`average`]: a miner over epochs.
//! - [`row`]: from averages to the row for the chain.
//! - [`external`]: a program of somebody else's, under limits.
//! - [`corpus`], [`stream`]: questions from a seed, the same on every machine.

pub mod average;
pub mod corpus;
pub mod external;
pub mod row;
pub mod stream;
pub mod task;

pub use average::{Average, AverageRule, Observation};
pub use external::{ExternalError, Program, ProgramLimits, Session};
pub use row::{weight_row, NoRow, RowRules};
pub use task::{Answer, Question, Task, TaskError, Tasks, Verdict};
