//! pillarbox

pub mod log;
pub mod net;
pub mod settings;
pub mod tls;
