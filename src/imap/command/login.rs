//! Who the client says it is: LOGIN and AUTHENTICATE (RFC 9051 §6.2). Debug shows neither a password nor an initial response.

/// LOGIN's arguments. Debug shows no password.
#[derive(PartialEq)]
pub struct Login {
    /// the name as sent
    pub user: String,
    /// the password as sent
    pub password: sasl::Secret,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// AUTHENTICATE's arguments. Debug shows no initial response.
#[derive(PartialEq)]
pub struct Authenticate {
    /// the mechanism's name, upper case
    pub mechanism: String,
    /// SASL-IR (RFC 4959): still base64, `=` for an empty one
    pub initial: Option<sasl::Secret>,
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}
