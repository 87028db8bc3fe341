//! Conversations with servers of all kinds, each played line by line and octet by octet; and our two ends against each other.

mod broken;
mod extensions;
mod login;
mod opening;
mod player;
mod transactions;
mod two_ends;
