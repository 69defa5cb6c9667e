//! Reports that somebody has written.

use std::time::Duration;

use crmkit::query::Bounds;
use crmkit::report::Definition;
use crmkit::workbook::WorkbookOptions;
use pollster::block_on;

use super::world::WORLD;

/// Reads a definition and runs it as the system and as one who sees less; shows what comes of it in every form.
pub fn report_definition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(definition) = text.parse::<Definition>() else { return };
    let written = serde_json::to_string(&definition).unwrap();
    assert_eq!(written.parse::<Definition>().unwrap(), definition, "what is kept is what was written");
    let world = &*WORLD;
    let checked = definition.check(world.crm.schema());
    let mut bounds = Bounds::default();
    (bounds.records, bounds.groups, bounds.rows) = (200, 50, 50);
    bounds.time = Duration::from_secs(5);
    block_on(async {
        let all = world.crm.system().bounded(bounds).report_custom(&definition).await;
        let own = world.demo.supervisor.clone().bounded(bounds).report_custom(&definition).await;
        assert!(checked.is_ok() || own.is_err(), "what does not fit the schema fits nobody");
        for report in [all, own].into_iter().flatten() {
            let _ = (report.to_text(), report.to_csv(), report.to_json());
            let mut book = Vec::new();
            if definition.name.len() < 4 {
                let _ = report.write_xlsx(&mut book, &WorkbookOptions::default());
            }
        }
    });
}
