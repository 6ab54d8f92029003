//! The properties that the fuzz targets look for holes in (`fuzz/`), on their seeds and on many
//! changes of each, the same ones every time.

use std::path::Path;

#[path = "../../fuzz/properties/index_path.rs"]
mod index_path;
#[path = "../../fuzz/properties/package.rs"]
mod package;
#[path = "../../fuzz/properties/publish.rs"]
mod publish;

const CHANGES: u64 = 1_000;

#[test]
fn any_publish_body_is_taken_apart_or_refused() {
    for_each_change("publish", publish::check);
}

#[test]
fn any_package_is_below_its_own_folder_or_refused() {
    for_each_change("package", package::check);
}

#[test]
fn any_index_path_finds_its_own_name_or_none() {
    for_each_change("index_path", index_path::check);
}

fn for_each_change(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let files = std::fs::read_dir(folder.join(target)).expect("seeds");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert!(paths.len() > 3, "{target} has seeds");
    for path in paths {
        let seed = std::fs::read(&path).expect("a seed");
        check(&seed);
        for number in 0..CHANGES {
            check(&changed(&seed, number));
        }
    }
}

/// The seed with a few bytes other than they were, some cut out or some doubled.
fn changed(seed: &[u8], number: u64) -> Vec<u8> {
    let mut random = Random(number + 1);
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let end = (at + random.below(16)).min(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => bytes[at] ^= 1 << random.below(8),
            _ => bytes[at] = *b"\0\n\"/.\\-_:0".get(random.below(12)).unwrap_or(&0xff),
        }
    }
    bytes
}

/// The generator of Vigna's "An experimental exploration of Marsaglia's xorshift generators".
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(value).expect("31 bits") % limit
    }
}
