//! What holds for any body of a publish request.

use cargo_quarry::model::Digest;
use cargo_quarry::registry::{
    IndexEntry, check_agreement, decode_publish, encode_publish, other_url, parse_index,
    unpack_crate,
};

const INDEX: &str = "sparse+https://crates.example/index/";

/// A body is refused, or is wholly what it was taken for; and what would be published has an index
/// line that cargo reads and a package that unpacks below its own folder.
pub fn check(body: &[u8]) {
    let Ok(request) = decode_publish(body) else {
        return;
    };
    assert!(body.ends_with(request.package));
    let again = encode_publish(&request.metadata, request.package);
    assert_eq!(decode_publish(&again).expect("it was encoded"), request);

    let asked = IndexEntry::from_publish(&request.metadata, Digest::of(request.package));
    let line = asked.to_line();
    assert!(!line.contains(['\n', '\r']), "{line}");
    let read = parse_index("line", &line).expect("it was written");
    assert_eq!(read, std::slice::from_ref(&asked));

    let Ok(packaged) = IndexEntry::from_crate(request.package, INDEX) else {
        return;
    };
    let agree = check_agreement(&asked, &packaged, false);
    let turned = check_agreement(&packaged, &asked, false);
    assert_eq!(agree.is_ok(), turned.is_ok(), "{agree:?} {turned:?}");
    if agree.is_err() {
        let _ = other_url(&asked, &packaged);
        return;
    }
    assert_eq!((&asked.name, &asked.vers), (&packaged.name, &packaged.vers));
    for dependency in &asked.deps {
        let requirement = dependency.req.parse::<semver::VersionReq>();
        assert!(requirement.is_ok(), "{}", dependency.req);
    }
    for file in unpack_crate(request.package).expect("it was accepted") {
        let mut parts = file.name().split('/');
        assert!(
            parts.all(|part| !matches!(part, "" | "." | "..")),
            "{}",
            file.name()
        );
    }
}
