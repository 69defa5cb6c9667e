//! The host's second version on what the first has written, and the first on what the second has changed.

use crmkit::error::StorageErrorKind;
use crmkit::prelude::*;
use crmkit_extension::{builder, set_up, v1, v2};

use crate::places::{Opening, Place, on_every_lasting_store};

on_every_lasting_store!(a_later_version_goes_on_with_what_is_there, many_programs_migrate_at_once);

async fn open_v1(place: &Place) -> Crm {
    let storage = place.open(v1::schema().unwrap(), Opening::AsItIs).await.unwrap();
    let crm = builder(storage).open().await.unwrap();
    set_up(&crm).await.unwrap();
    crm
}

async fn open_v2(place: &Place, opening: Opening) -> Crm {
    let storage = place.open(v2::schema().unwrap(), opening).await.unwrap();
    builder(storage).open().await.unwrap()
}

/// A device with an inspection that found what is no longer looked for later.
async fn filled_by_v1(crm: &Crm) -> (v1::Device, v1::Inspection) {
    let system = crm.system();
    let acme = system.customers().create(NewCustomer::new("Acme")).await.unwrap();
    let new = v1::NewDevice { serial: "S-1".into(), customer: acme.id, ..Default::default() };
    let device = system.of::<v1::Device>().create(new).await.unwrap();
    let new = v1::NewInspection {
        device: device.id,
        inspected_on: "2026-01-31".parse().unwrap(),
        finding: v1::Finding::Scratched,
        fee: "10.5".parse().unwrap(),
        ..Default::default()
    };
    let inspection = system.of::<v1::Inspection>().create(new).await.unwrap();
    (device, inspection)
}

async fn a_later_version_goes_on_with_what_is_there(place: Place) {
    let old = open_v1(&place).await;
    let (device, inspection) = filled_by_v1(&old).await;

    let outdated = place.open(v2::schema().unwrap(), Opening::AsItIs).await.unwrap_err();
    assert_eq!(outdated.kind(), StorageErrorKind::Outdated);
    assert!(outdated.to_string().contains("`ext_device.warranty_until` is missing"), "{outdated}");
    let sql = place.migration_sql(&v2::schema().unwrap()).await.unwrap();
    for part in ["\"warranty_until\"", "\"contact\"", "\"ix_ext_device_warranty_until\""] {
        assert!(sql.contains(part), "{part} is not in:\n{sql}");
    }
    let new = open_v2(&place, Opening::Migrating).await;
    assert_eq!(place.migration_sql(&v2::schema().unwrap()).await.unwrap(), "");
    assert_eq!(new.system().verify().await.unwrap(), [""; 0]);

    // What was written is there, with nothing in what was added.
    let (devices, inspections) = (new.system().of::<v2::Device>(), new.system().of::<v2::Inspection>());
    let found = devices.named("S-1").await.unwrap();
    assert_eq!((found.id.raw(), found.warranty_until, found.contact), (device.id.raw(), None, None));
    assert_eq!(found.costs, "10.5".parse().unwrap());
    retired_findings_are_kept_and_not_given(&inspections, inspection.id.raw(), found.id).await;

    let ann =
        NewContact { customer: found.customer, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
    let ann = new.system().contacts().create(ann).await.unwrap();
    let warranty = Edit::Set(Some("2030-12-31".parse().unwrap()));
    let patch = v2::DevicePatch { warranty_until: warranty, contact: Edit::Set(Some(ann.id)), ..Default::default() };
    let changed = devices.edit(found.id, patch).await.unwrap();
    assert!(matches!(new.system().contacts().delete(ann.id).await, Err(Error::Referenced { .. })));
    let until = v2::Device::warranty_until.le("2030-12-31".parse::<Date>().unwrap());
    assert_eq!(devices.count(until).await.unwrap(), 1);

    the_first_version_goes_on(&place, &old, device.id).await;
    let kept = devices.get(found.id).await.unwrap();
    assert_eq!((kept.warranty_until, kept.contact), (changed.warranty_until, changed.contact));
    assert_eq!((kept.serial.as_str(), kept.version), ("S-1b", changed.version.next().next()));

    // A finding that the first version does not know is not taken for another.
    let leak = v2::InspectionPatch { finding: Edit::Set(v2::Finding::Leaking), ..Default::default() };
    inspections.edit(Id::new(inspection.id.raw()), leak).await.unwrap();
    let unknown = old.system().of::<v1::Inspection>().get(inspection.id).await.unwrap_err();
    assert_eq!(unknown.code(), "storage.corrupt");
    for part in ["leaking", "finding", &inspection.id.to_string()] {
        assert!(unknown.to_string().contains(part), "{part}: {unknown}");
    }
    old.close().await.unwrap();
    new.close().await.unwrap();
}

async fn retired_findings_are_kept_and_not_given(
    inspections: &crmkit::session::Records<v2::Inspection>,
    id: RecordId,
    device: Id<v2::Device>,
) {
    let old = inspections.get(Id::new(id)).await.unwrap();
    assert_eq!(old.finding, v2::Finding::Scratched);
    assert_eq!(inspections.count(v2::Inspection::finding.eq(v2::Finding::Scratched)).await.unwrap(), 1);
    let noted = v2::InspectionPatch { note: Edit::Set(Some("on the left".into())), ..Default::default() };
    assert_eq!(inspections.edit(old.id, noted).await.unwrap().finding, v2::Finding::Scratched);

    let new = v2::NewInspection {
        device,
        inspected_on: old.inspected_on,
        finding: v2::Finding::Scratched,
        fee: Money::ZERO,
        ..Default::default()
    };
    let refused = inspections.create(new.clone()).await.unwrap_err();
    let problem = "`finding`: `scratched` is no longer given (looks are no longer inspected)";
    assert!(refused.to_string().contains(problem), "{refused}");
    let sound = inspections.create(v2::NewInspection { finding: v2::Finding::Sound, ..new }).await.unwrap();
    let back = v2::InspectionPatch { finding: Edit::Set(v2::Finding::Scratched), ..Default::default() };
    assert!(matches!(inspections.edit(sound.id, back).await, Err(Error::Invalid { .. })));
    inspections.delete(sound.id).await.unwrap();
}

/// What was open stays usable and the database can be opened again: it has more than is asked for, not less. Twice the
/// device is written.
async fn the_first_version_goes_on(place: &Place, open: &Crm, id: Id<v1::Device>) {
    for (crm, serial) in [(open, "S-1a"), (&open_v1(place).await, "S-1b")] {
        let patch = v1::DevicePatch { serial: Edit::Set(serial.into()), ..Default::default() };
        assert_eq!(crm.system().of::<v1::Device>().edit(id, patch).await.unwrap().serial, serial);
        assert_eq!(crm.system().of::<v1::Device>().list(Query::of::<v1::Device>()).await.unwrap().items.len(), 1);
    }
}

async fn many_programs_migrate_at_once(place: Place) {
    let old = open_v1(&place).await;
    filled_by_v1(&old).await;
    old.close().await.unwrap();
    let place = std::sync::Arc::new(place);
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let place = std::sync::Arc::clone(&place);
            tokio::spawn(async move { open_v2(&place, Opening::Migrating).await })
        })
        .collect();
    for opened in opening {
        let crm = opened.await.unwrap();
        assert_eq!(crm.system().of::<v2::Device>().named("S-1").await.unwrap().warranty_until, None);
        crm.close().await.unwrap();
    }
}
