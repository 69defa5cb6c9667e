//! What the crate's own jobs can be told, as the `settings` of their records.

use serde::{Deserialize, Serialize};

use crate::customers::LostScanOptions;

/// What `lost-scan` can be told.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::LostScanSettings;
///
/// let settings: LostScanSettings = serde_json::from_str(r#"{"months": 12}"#)?;
/// assert!(settings.months == 12 && settings.include_never_ordered);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LostScanSettings {
    /// How many calendar months a customer may be silent; 6.
    pub months: u32,
    /// Whether a customer who never ordered counts as silent from the day he was entered; so he does.
    pub include_never_ordered: bool,
}

impl Default for LostScanSettings {
    fn default() -> Self {
        let LostScanOptions { months, include_never_ordered, .. } = LostScanOptions::default();
        Self { months, include_never_ordered }
    }
}

/// What `reminders` can be told.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::ReminderSettings;
///
/// assert_eq!(ReminderSettings::default().service_days, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReminderSettings {
    /// How many calendar days whom a service request was given to has to handle it; 3.
    pub service_days: u16,
}

impl Default for ReminderSettings {
    fn default() -> Self {
        Self { service_days: 3 }
    }
}

/// What `retention` can be told: for how many days something is kept. What has none is kept for good.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::RetentionSettings;
///
/// let settings: RetentionSettings = serde_json::from_str(r#"{"history_days": 730, "run_days": null}"#)?;
/// assert_eq!((settings.history_days, settings.run_days, settings.sign_in_days), (Some(730), None, Some(30)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetentionSettings {
    /// The history; for good. What it recorded can't be undone without it.
    pub history_days: Option<u16>,
    /// Events that whoever subscribed to them has had; 90.
    pub event_days: Option<u16>,
    /// Events that a subscription still waits for, if others are removed at all; 365.
    pub undelivered_event_days: u16,
    /// The record of jobs that were run; 90.
    pub run_days: Option<u16>,
    /// Counted wrong passwords, after the last of them; 30. Those that still count are kept in any case.
    pub sign_in_days: Option<u16>,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            history_days: None,
            event_days: Some(90),
            undelivered_event_days: 365,
            run_days: Some(90),
            sign_in_days: Some(30),
        }
    }
}
