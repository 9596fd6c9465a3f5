//! Rendered text, kept by shape.

/// Placeholder; see the branch that renders.
#[derive(Debug, Default)]
pub struct ShapeCache;
