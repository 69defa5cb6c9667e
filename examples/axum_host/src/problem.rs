//! What is answered when something can't be done: problem details (RFC 9457) with the stable code of the CRM.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use crmkit::error::ProblemDetails;
use crmkit::report::ReportError;

const KIND: &str = "application/problem+json";

#[derive(Debug)]
pub(crate) struct Problem(ProblemDetails);

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: &str) -> Self {
        Self(ProblemDetails::new(status.as_u16(), code, detail))
    }
}

/// What went wrong inside is for the log, not for whoever asked.
impl<E: Into<ReportError>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error: ReportError = error.into();
        let told = ProblemDetails::from(&error);
        if told.status >= 500 {
            eprintln!("error: {error}");
        }
        Self(told)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, KIND)], Json(self.0)).into_response()
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
