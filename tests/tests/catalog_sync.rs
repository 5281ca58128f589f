//! `models/registry.toml`, which the scripts read, says the same as the catalog, which the code reads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use autoproto_core::models::{CheckedModel, catalog, diarizers, find};
use autoproto_tests::checkout;
use serde_json::Value;

fn registry() -> Vec<Value> {
    let path = checkout().join("models/registry.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let table: Value = toml::from_str(&text).unwrap();
    table["model"].as_array().unwrap().clone()
}

#[test]
fn the_registry_says_what_the_catalog_says_row_by_row() {
    let (registry, catalog) = (registry(), catalog());
    let ids: Vec<&str> = registry.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        catalog.iter().map(|r| r.id).collect::<Vec<_>>(),
        "the same rows in the same order"
    );
    for (listed, row) in registry.iter().zip(&catalog) {
        let said = |field: &str| listed[field].clone();
        assert_eq!(
            said("task"),
            serde_json::to_value(row.task).unwrap(),
            "{}",
            row.id
        );
        assert_eq!(said("file"), row.file, "{}", row.id);
        assert_eq!(said("bytes"), row.bytes, "{}", row.id);
        assert_eq!(said("sha256"), row.sha256, "{}", row.id);
        assert_eq!(said("licence"), row.licence, "{}", row.id);
        let urls: Vec<String> = serde_json::from_value(said("urls")).unwrap();
        let expected: Vec<&str> = [row.url]
            .into_iter()
            .filter(|url| !url.is_empty())
            .collect();
        assert_eq!(urls, expected, "{}", row.id);
        assert!(
            urls.iter().all(|url| url.starts_with("https://")),
            "{}",
            row.id
        );
    }
}

#[test]
fn the_models_of_the_default_pipeline_are_fetched_by_default() {
    let registry = registry();
    let [pair, ..] = diarizers();
    for id in [
        "silero-vad-6.2",
        pair.segmentation,
        pair.embedding,
        "whisper-base-q8_0",
    ] {
        let row = registry.iter().find(|r| r["id"] == id).unwrap();
        assert_eq!(row["needed"], true, "{id}");
    }
    for pair in diarizers() {
        assert!(
            find(pair.segmentation).is_some() && find(pair.embedding).is_some(),
            "{}",
            pair.id
        );
    }
}

#[test]
fn the_files_that_come_with_the_project_are_those_of_their_rows() {
    let mut checked = 0;
    let registry = registry();
    let made = |id: &str| {
        registry
            .iter()
            .any(|r| r["id"] == id && r["recipe"].is_array())
    };
    for row in catalog()
        .iter()
        .filter(|row| row.url.is_empty() && !made(row.id))
    {
        let path = checkout().join("models").join(row.file);
        CheckedModel::open_as(&path, row).unwrap_or_else(|error| panic!("{}: {error}", row.id));
        checked += 1;
    }
    assert_eq!(checked, 3);
    // And none lies there that no row knows.
    for entry in std::fs::read_dir(checkout().join("models")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.ends_with(".onnx") || catalog().iter().any(|row| row.file == name),
            "{name} is in no row"
        );
    }
}

#[test]
fn every_row_that_is_needed_has_a_card() {
    for row in registry().iter().filter(|row| row["needed"] == true) {
        let card = checkout()
            .join("models/cards")
            .join(format!("{}.md", row["id"].as_str().unwrap()));
        assert!(card.is_file(), "{} is absent", card.display());
    }
}
