//! Markdown tables.

/// A table that grows by rows; a column whose title begins with `>` is set to the right.
pub struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Without rows yet.
    pub fn new(titles: &[&'static str]) -> Self {
        Self {
            titles: titles.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, a cell for each title.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.titles.len());
        self.rows.push(cells.to_vec());
    }

    /// Writes it to standard output.
    pub fn print(&self) {
        let titles: Vec<&str> = self
            .titles
            .iter()
            .map(|t| t.trim_start_matches('>'))
            .collect();
        let rule: String = self
            .titles
            .iter()
            .map(|t| if t.starts_with('>') { "--:|" } else { "---|" })
            .collect();
        println!("\n| {} |\n|{rule}", titles.join(" | "));
        for row in &self.rows {
            let row: Vec<String> = row
                .iter()
                .map(|c| c.replace('|', "\\|").replace('\n', " "))
                .collect();
            println!("| {} |", row.join(" | "));
        }
    }
}

/// A number that may not be known.
pub fn number(value: Option<f64>, places: usize) -> String {
    value.map_or_else(|| "–".into(), |v| format!("{v:.places$}"))
}
