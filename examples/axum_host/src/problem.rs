//! What is answered when something can't be done: problem details (RFC 9457) with the stable code of the CRM.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crmkit::prelude::*;
use crmkit::report::ReportError;
use serde_json::json;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    fields: Vec<(String, String)>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), fields: Vec::new(), retry_after: None }
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in first: POST /api/session")
    }

    pub(crate) fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross_site", "the request comes from another site")
    }

    pub(crate) fn too_many(wait: Duration) -> Self {
        let detail = "there were too many requests; wait as long as `retry-after` says";
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail) }
    }

    /// What went wrong is for the log, not for whoever asked.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        eprintln!("error: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server could not do this; its log says why")
    }
}

pub(crate) async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_page", "there is nothing here; see /api/openapi.json")
}

/// The status that a code of the CRM means.
fn status(code: &str) -> StatusCode {
    match code {
        "not_found" | "report.unknown" => StatusCode::NOT_FOUND,
        "denied" => StatusCode::FORBIDDEN,
        "invalid" => StatusCode::UNPROCESSABLE_ENTITY,
        "state" | "taken" | "referenced" => StatusCode::CONFLICT,
        "conflict" => StatusCode::PRECONDITION_FAILED,
        "sign_in" => StatusCode::UNAUTHORIZED,
        "locked" => StatusCode::TOO_MANY_REQUESTS,
        "query" | "cursor" | "storage.invalid" | "storage.too_large" => StatusCode::BAD_REQUEST,
        "report.unknown_option" | "report.bad_option" | "report.hidden" => StatusCode::BAD_REQUEST,
        "storage.busy" | "storage.unavailable" | "storage.closed" | "report.too_long" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = status(error.code());
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            return Self::internal(&error);
        }
        let mut problem = Self::new(status, error.code(), error.to_string());
        match error {
            Error::Invalid { problems, .. } => {
                let field = |problem: crmkit::problem::FieldProblem| (problem.field.to_string(), problem.to_string());
                problem.fields = problems.into_iter().map(field).collect();
            }
            Error::Storage(_) if status == StatusCode::SERVICE_UNAVAILABLE => {
                problem.detail = "the server is busy; try again".into();
                problem.retry_after = Some(Duration::from_secs(1));
            }
            _ => {}
        }
        problem
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Failed(error) => error.into(),
            error => match status(error.code()) {
                StatusCode::INTERNAL_SERVER_ERROR => Self::internal(&error),
                status => Self::new(status, error.code(), error.to_string()),
            },
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), "bad_request", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "bad_request", rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut body = json!({
            "type": "about:blank", "title": title, "status": self.status.as_u16(), "code": self.code,
            "detail": self.detail,
        });
        if !self.fields.is_empty() {
            let field = |(field, problem): &(String, String)| json!({"field": field, "problem": problem});
            body["fields"] = self.fields.iter().map(field).collect();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
        }
        response
    }
}
