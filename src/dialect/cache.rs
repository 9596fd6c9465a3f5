//! Rendered text, kept by shape.

/// Placeholder; see the branch that renders.
#[derive(Debug, Default)]
pub struct ShapeCache;

impl ShapeCache {
    /// The rendered text of a statement's shape.
    pub fn get_or_render(
        &self,
        _: &crate::query::Statement,
        dialect: super::Dialect,
    ) -> crate::Result<std::sync::Arc<super::Sql>> {
        Err(crate::Error::unsupported("rendering", dialect.name()))
    }
}

impl super::Sql {
    /// The values in order of the placeholders.
    pub fn bind(&self, _: &crate::query::Statement) -> crate::Result<Vec<crate::types::Value>> {
        Ok(Vec::new())
    }
}
