//! What is answered when something can't be done: problem details (RFC 9457) with the stable code of the CRM.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use crmkit::error::http_status;
use crmkit::prelude::*;
use crmkit::report::ReportError;
use serde_json::{Value, json};

const KIND: &str = "application/problem+json";

/// A refusal: its status, and the members of its body.
#[derive(Debug)]
pub(crate) struct Problem(StatusCode, Value);

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: &str) -> Self {
        let title = status.canonical_reason();
        Self(status, json!({"title": title, "status": status.as_u16(), "code": code, "detail": detail}))
    }

    /// What the CRM says; but what went wrong inside is for the log, not for whoever asked.
    fn told(error: &dyn std::error::Error, code: &str) -> Self {
        match StatusCode::from_u16(http_status(code)) {
            Ok(status) if status.is_client_error() => Self::new(status, code, &error.to_string()),
            Ok(busy @ StatusCode::SERVICE_UNAVAILABLE) => Self::new(busy, code, "the server is busy; try again"),
            _ => {
                eprintln!("error: {error}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server's log says what went wrong")
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::told(&error, error.code());
        if let Error::Invalid { problems, .. } = &error {
            let fields = problems.iter().map(|wrong| json!({"field": wrong.field, "problem": wrong.to_string()}));
            problem.1["fields"] = fields.collect();
        }
        problem
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        Self::told(&error, error.code())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, KIND)], Json(self.1)).into_response()
    }
}

/// What axum and the layers refuse in words of their own, such as a body that is no JSON, in the same form.
pub(crate) async fn in_one_form(answer: Response) -> Response {
    let (status, kind) = (answer.status(), answer.headers().get(header::CONTENT_TYPE));
    let code = match status {
        _ if status.as_u16() < 400 || kind.is_some_and(|kind| kind == KIND) => return answer,
        StatusCode::FORBIDDEN => "cross_site",
        StatusCode::NOT_FOUND => "no_such_page",
        _ => "bad_request",
    };
    let words = to_bytes(answer.into_body(), 64 * 1024).await.unwrap_or_default();
    Problem::new(status, code, &String::from_utf8_lossy(&words)).into_response()
}
