//! Secrets: in the settings file, in a file of their own, or in the environment.

use std::path::Path;

use secrecy::SecretString;

use super::Section;
use crate::private_file::{self, Exposure};

impl Section {
    /// Like [`Section::secret`], but optional: `Some(None)` if absent.
    pub fn secret_optional(&mut self, name: &str) -> Option<Option<SecretString>> {
        let file_name = format!("{name}_file");
        if self.has(name) || self.has(&file_name) {
            return self.secret(name).map(Some);
        }
        self.asked.extend([name.to_owned(), file_name]);
        Some(None)
    }

    /// Reads a secret from `name`, or from the file named by `name_file`. `None` if the secret is
    /// missing, which is a mistake, or if the file is readable by all users.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        let file_name = format!("{name}_file");
        let inline = self.optional(name).map(SecretString::from);
        let file = self.file(&file_name)?;
        match (inline, file) {
            (Some(secret), None) => {
                self.warn_of_exposed_secrets(name);
                Some(secret)
            }
            (None, Some(file)) => {
                let (secret, exposure) = self.understood(&file_name, read_secret(&file))?;
                if exposure.is_loose() {
                    self.warn(&file_name, exposure.sentence(&file));
                }
                Some(secret)
            }
            (Some(_), Some(_)) => {
                self.wrong(name, format!("it is set and {file_name} too; keep one of them"));
                None
            }
            (None, None) => {
                self.wrong(
                    name,
                    format!("it is missing; set {name}, or {file_name} to the file that holds it"),
                );
                None
            }
        }
    }

    /// A secret in a settings file that other users may read is a warning, once for the file.
    fn warn_of_exposed_secrets(&self, name: &str) {
        let Some(exposed) = &self.source.exposed else { return };
        if self.source.overlaid.contains(&self.path_of(name)) {
            return;
        }
        let warning = format!("the settings file holds secrets: {exposed}");
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}

fn read_secret(file: &Path) -> Result<(SecretString, Exposure), String> {
    let shown = file.display();
    let (text, about) =
        private_file::read_text(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let exposure = Exposure::of(&about);
    if exposure.to_everybody() {
        return Err(format!("{shown} holds a secret and everybody may read it; chmod 600 {shown}"));
    }
    Ok((SecretString::from(text.trim().to_owned()), exposure))
}
