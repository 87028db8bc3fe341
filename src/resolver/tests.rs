//! Against servers on loopback that lie in every way.
