//! Logins that look like another's: refused, or another's in fact and not to be mistaken by the crate.

use crmkit::prelude::*;

use crate::stores::everywhere;

const GOOD: &str = "a long and good one";

/// How it looks like `paypal`, and the login.
const LOOK_ALIKES: [(&str, &str); 18] = [
    ("a Cyrillic а", "p\u{430}ypal"),
    ("a Greek ο", "l\u{3bf}gin"),
    ("a Cherokee letter", "\u{13a2}aypal"),
    ("a letter of another script in the middle", "pay\u{440}al"),
    ("the other direction", "\u{202e}lapyap"),
    ("a direction within", "pay\u{2067}pal\u{2069}"),
    ("a mark of direction", "pay\u{200f}pal"),
    ("an Arabic mark of direction", "pay\u{61c}pal"),
    ("Hebrew in Latin", "pay\u{5e4}\u{5d9}"),
    ("Arabic in Latin", "pay\u{628}al"),
    ("a space of no width", "pay\u{200b}pal"),
    ("a joiner", "pay\u{200d}pal"),
    ("a soft hyphen", "pay\u{ad}pal"),
    ("a byte order mark", "\u{feff}paypal"),
    ("a filler that is not seen", "pay\u{3164}pal"),
    ("a variation selector", "paypal\u{fe0f}"),
    ("a tag", "paypal\u{e0041}"),
    ("a control character", "pay\u{8}pal"),
];

#[test]
fn a_login_that_only_looks_like_another_is_refused() {
    everywhere(async |place| {
        let system = place.crm.system();
        let role = system.roles().named("account_manager").await.unwrap().id;
        let paypal = system.users().create(NewUser::new("paypal", role)).await.unwrap();
        system.users().set_password(paypal.id, GOOD).await.unwrap();
        for (how, login) in LOOK_ALIKES {
            let refused = system.users().create(NewUser::new(login, role)).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { .. }), "{how}: {refused}");
            let patch = UserPatch { name: login.to_owned().into(), ..Default::default() };
            let refused = system.users().edit(paypal.id, patch).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { .. }), "{how}: {refused}");
            assert!(matches!(place.crm.sign_in(login, GOOD).await, Err(Error::SignIn)), "{how}");
        }
        // Forms of the very same letters are the very same login.
        for same in
            ["PAYPAL", "\u{ff50}\u{ff41}ypal", "pa\u{1d5d2}pal".replace('\u{1d5d2}', "y").as_str(), "\u{1d429}aypal"]
        {
            let taken = system.users().create(NewUser::new(same, role)).await.unwrap_err();
            assert!(matches!(taken, Error::Taken { .. }), "{same}: {taken}");
            assert_eq!(place.crm.sign_in(same, GOOD).await.unwrap().actor().id(), Some(paypal.id), "{same}");
        }
    });
}

/// Names wholly of another script are somebody's proper names; nobody gets to be another by them.
#[test]
fn logins_of_scripts_that_look_alike_are_told_apart() {
    everywhere(async |place| {
        let system = place.crm.system();
        let role = system.roles().named("account_manager").await.unwrap().id;
        // Latin, Cyrillic; and what is read from the right.
        let names = ["coco", "\u{441}\u{43e}\u{441}\u{43e}", "\u{5d3}\u{5d5}\u{5d3}", "\u{645}\u{62d}\u{645}\u{62f}"];
        let mut users = Vec::new();
        for name in names {
            let user = system.users().create(NewUser::new(name, role)).await.unwrap();
            system.users().set_password(user.id, &format!("{GOOD} of {}", users.len())).await.unwrap();
            users.push(user);
        }
        for (number, user) in users.iter().enumerate() {
            for (other, name) in names.into_iter().enumerate() {
                let tried = place.crm.sign_in(name, &format!("{GOOD} of {number}")).await;
                assert_eq!(tried.is_ok(), number == other, "{name}");
            }
            assert_eq!(system.users().named(names[number]).await.unwrap().id, user.id);
        }
    });
}
