//! Where a page ended, as an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::QueryError;
use crate::id::RecordId;
use crate::value::Value;

/// Where a page ended. It stays good when records before or behind it come and go, and belongs to one order.
///
/// # Examples
///
/// ```
/// use crmkit::query::Cursor;
///
/// let kept: Cursor = serde_json::from_str("\"bm90IG91cnM\"")?;
/// assert_eq!(serde_json::to_string(&kept)?, "\"bm90IG91cnM\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

#[derive(Serialize, Deserialize)]
struct Content {
    /// The order it belongs to.
    o: String,
    /// The sort values of the last record.
    v: Vec<Value>,
    /// Its id.
    i: RecordId,
}

impl Cursor {
    /// The cursor behind a record with these sort values, in an order with this signature.
    #[must_use]
    pub fn new(signature: &str, values: Vec<Value>, id: RecordId) -> Self {
        let content = Content { o: signature.to_owned(), v: values, i: id };
        // Values of an order are scalars, which always serialize.
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&content).unwrap_or_default()))
    }

    /// The sort values and the id, if the cursor belongs to an order with this signature.
    ///
    /// # Errors
    ///
    /// [`QueryError::Cursor`] if it does not, or was changed.
    pub fn open(&self, signature: &str) -> Result<(Vec<Value>, RecordId), QueryError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| QueryError::Cursor)?;
        let content: Content = serde_json::from_slice(&bytes).map_err(|_| QueryError::Cursor)?;
        if content.o == signature { Ok((content.v, content.i)) } else { Err(QueryError::Cursor) }
    }
}
