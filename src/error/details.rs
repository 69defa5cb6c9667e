//! What may be told of an error to whoever asked over the wire.

use serde::Serialize;

use super::{Error, http_status};

/// The members of problem details (RFC 9457) for an error: serde writes them as they are sent, with the media type
/// `application/problem+json`.
///
/// Of a 4xx they say all that the error says; of a 5xx nothing but whether it may be tried again, since what went wrong
/// inside is for the log.
///
/// # Examples
///
/// ```
/// use crmkit::error::ProblemDetails;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let refused = crm.system().customers().create(NewCustomer::default()).await.unwrap_err();
/// let told = ProblemDetails::from(&refused);
/// assert_eq!((told.status, told.code, &*told.fields[0].field), (422, "invalid", "name"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProblemDetails {
    /// The HTTP status.
    pub status: u16,
    /// The stable code; `internal` for whatever is not to be told.
    pub code: &'static str,
    /// The sentence for people.
    pub detail: String,
    /// Which fields of an input do not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDetail>,
}

/// One field of an input that does not fit.
///
/// # Examples
///
/// ```
/// use crmkit::error::ProblemDetails;
/// use crmkit::prelude::*;
/// use crmkit::problem::FieldProblem;
///
/// let problems = vec![FieldProblem::invalid("zip", "it has six digits")];
/// let told = ProblemDetails::from(&Error::Invalid { entity: "customer".into(), problems });
/// assert_eq!(told.fields[0].problem, "`zip`: it has six digits");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldDetail {
    /// Its name.
    pub field: String,
    /// The sentence for people.
    pub problem: String,
}

impl ProblemDetails {
    /// Those of what a host itself refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::error::ProblemDetails;
    ///
    /// let told = ProblemDetails::new(404, "no_such_page", "there is no such page");
    /// assert_eq!(serde_json::to_value(told)?["status"], 404);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), fields: Vec::new() }
    }

    /// Those of an error with a stable code.
    pub(crate) fn told(code: &'static str, error: &dyn std::error::Error) -> Self {
        match http_status(code) {
            status @ 400..=499 => Self::new(status, code, error.to_string()),
            503 => Self::new(503, code, "the service is busy; try again"),
            _ => Self::new(500, "internal", "something went wrong inside; the service's log says what"),
        }
    }
}

impl From<&Error> for ProblemDetails {
    fn from(error: &Error) -> Self {
        let mut told = Self::told(error.code(), error);
        if let Error::Invalid { problems, .. } = error {
            let field = |wrong: &crate::problem::FieldProblem| FieldDetail {
                field: wrong.field.clone().into_owned(),
                problem: wrong.to_string(),
            };
            told.fields = problems.iter().map(field).collect();
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CODES, StorageError, StorageErrorKind};

    #[test]
    fn nothing_of_the_inside_is_told() {
        let failed = |kind| Error::from(StorageError::new(kind, "page 7 of /data/crm.db is torn"));
        let told = ProblemDetails::from(&failed(StorageErrorKind::Corrupt));
        assert_eq!((told.status, told.code), (500, "internal"));
        assert!(!told.detail.contains("page 7"), "{}", told.detail);
        let busy = ProblemDetails::from(&failed(StorageErrorKind::Busy));
        assert_eq!((busy.status, busy.code), (503, "storage.busy"));
        assert!(!busy.detail.contains("page 7"), "{}", busy.detail);
        for known in CODES {
            let told = ProblemDetails::told(known.code, &StorageError::new(StorageErrorKind::Other, "torn"));
            assert_eq!(told.detail == "torn", told.status < 500, "{}", known.code);
        }
    }
}
