//! What is answered when something can't be done: problem details (RFC 9457) with the stable code of the CRM.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use crmkit::prelude::*;
use crmkit::problem::FieldProblem;
use crmkit::report::ReportError;
use serde_json::{Value, json};

/// A refusal: its status, and the members of its body.
#[derive(Debug)]
pub(crate) struct Problem(StatusCode, Value);

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason();
        let detail: String = detail.into();
        Self(status, json!({"title": title, "status": status.as_u16(), "code": code, "detail": detail}))
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in first: POST /api/session")
    }

    pub(crate) fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross_site", "the request comes from another site")
    }

    pub(crate) fn too_many(wait: Duration) -> Self {
        let detail = "there were too many requests; wait as long as `retry-after` says";
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
        problem.1["retry_after"] = wait.as_secs().max(1).into();
        problem
    }

    /// What went wrong is for the log, not for whoever asked.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        eprintln!("error: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server could not do this; its log says why")
    }

    /// What the CRM says, with the status that its code means.
    fn told(error: &dyn std::error::Error, code: &'static str) -> Self {
        let status = match code {
            "not_found" | "report.unknown" => StatusCode::NOT_FOUND,
            "denied" => StatusCode::FORBIDDEN,
            "invalid" => StatusCode::UNPROCESSABLE_ENTITY,
            "state" | "taken" | "referenced" => StatusCode::CONFLICT,
            "conflict" => StatusCode::PRECONDITION_FAILED,
            "sign_in" => StatusCode::UNAUTHORIZED,
            "locked" => StatusCode::TOO_MANY_REQUESTS,
            "storage.busy" | "storage.unavailable" | "storage.closed" | "deadline" | "report.too_long" => {
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "the server is busy; try again");
            }
            "query" | "query.cursor" | "cursor" | "storage.invalid" | "storage.too_large" => StatusCode::BAD_REQUEST,
            "report.unknown_option" | "report.bad_option" | "report.hidden" => StatusCode::BAD_REQUEST,
            _ => return Self::internal(error),
        };
        Self::new(status, code, error.to_string())
    }
}

pub(crate) async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_page", "there is nothing here; see /api/openapi.json")
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::told(&error, error.code());
        if let Error::Invalid { problems, .. } = &error {
            let field = |problem: &FieldProblem| json!({"field": problem.field, "problem": problem.to_string()});
            problem.1["fields"] = problems.iter().map(field).collect();
        }
        problem
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        Self::told(&error, error.code())
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
        let retry = self.1["retry_after"].as_u64().map(|wait| [(header::RETRY_AFTER, wait.to_string())]);
        (self.0, [(header::CONTENT_TYPE, "application/problem+json")], retry, Json(self.1)).into_response()
    }
}
