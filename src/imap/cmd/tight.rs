//! Lists that may become long: they grow by a quarter, not by as much again, because the last growth decides how much memory a command takes.

/// Puts a value behind the others.
pub(super) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).clamp(1_024, 1 << 20));
    }
    list.push(value);
}
