//! What the tests share. Each test binary uses a part of it.
#![allow(dead_code)]

pub mod bytes;
pub mod generated;
pub mod oracle;
pub mod random;
pub mod subnet;
