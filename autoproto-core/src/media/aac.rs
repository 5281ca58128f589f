//! The `AudioSpecificConfig` with which every AAC stream in a container begins (ISO/IEC 14496-3, 1.6.2).

/// AAC-LC.
pub(super) const LC: u32 = 2;
const SBR: u32 = 5;
const PS: u32 = 29;
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// What an `AudioSpecificConfig` says (ISO/IEC 14496-3, 1.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Config {
    /// The object type of the core: 2 is AAC-LC.
    pub(super) object: u32,
    /// Hertz of the core.
    pub(super) rate: u32,
    /// The channel configuration of the core: 1 is mono, 2 stereo, 0 a layout of its own.
    pub(super) layout: u32,
    /// Whether its packets have 960 frames and not 1024.
    pub(super) short: bool,
    /// Whether spectral band replication is announced.
    pub(super) sbr: bool,
    /// Whether parametric stereo is.
    pub(super) ps: bool,
}

impl Config {
    /// Reads as much as is there; none without even an object type.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let mut config = Self {
            object: object_type(&mut bits)?,
            rate: 0,
            layout: 0,
            short: false,
            sbr: false,
            ps: false,
        };
        let _ = config.read_rest(&mut bits);
        Some(config)
    }

    fn read_rest(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        // From the object type alone, so that a config that is cut behind it still has its name.
        self.sbr = matches!(self.object, SBR | PS);
        self.ps = self.object == PS;
        self.rate = rate(bits)?;
        self.layout = bits.take(4)?;
        if self.sbr {
            rate(bits)?;
            self.object = object_type(bits)?;
        }
        if self.object != LC {
            return None;
        }
        self.short = bits.take(1)? == 1;
        if bits.take(1)? == 1 {
            bits.take(14)?;
        }
        bits.take(1)?;
        // Behind plain AAC-LC an extension may follow, which players of old read over. A channel layout of its own has
        // no fixed length; nobody writes one with HE-AAC.
        if self.sbr || self.layout == 0 || bits.take(11)? != 0x2b7 {
            return None;
        }
        self.sbr = object_type(bits)? == SBR && bits.take(1)? == 1;
        if self.sbr {
            rate(bits)?;
            self.ps = bits.take(11)? == 0x548 && bits.take(1)? == 1;
        }
        Some(())
    }

    /// The same config without its extensions, as AAC-LC decoders read it; none if the core isn't AAC-LC.
    pub(super) fn core(&self) -> Option<Vec<u8>> {
        if self.object != LC || self.rate == 0 || self.layout == 0 {
            return None;
        }
        let (mut value, mut width) = (u64::from(LC), 5);
        let mut put = |bits: u32, count: u32| {
            value = value << count | u64::from(bits);
            width += count;
        };
        match RATES.iter().position(|&rate| rate == self.rate) {
            Some(index) => put(u32::try_from(index).ok()?, 4),
            None => {
                put(15, 4);
                put(self.rate & 0xff_ffff, 24);
            }
        }
        put(self.layout, 4);
        put(u32::from(self.short), 1);
        put(0, 2);
        // 16 or 40 bits: whole bytes.
        Some(
            (0..width / 8)
                .rev()
                .map(|byte| (value >> (8 * byte) & 0xff) as u8)
                .collect(),
        )
    }
}

fn object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)?),
        object => Some(object),
    }
}

fn rate(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(4)? {
        15 => bits.take(24),
        index => RATES.get(index as usize).copied(),
    }
}

/// Bits of a byte string, the highest of each byte first.
pub(super) struct Bits<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Bits<'_> {
    /// The next bits as a number, at most 32.
    pub(super) fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for at in self.at..self.at + count {
            let byte = *self.bytes.get(at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - at % 8) & 1);
        }
        self.at += count;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn configs_of_all_kinds_and_their_cores() {
        let config = |object, rate, layout, sbr, ps| Config {
            object,
            rate,
            layout,
            short: false,
            sbr,
            ps,
        };
        for (bytes, expected, core) in [
            // Plain.
            (
                &[0x12, 0x10][..],
                config(2, 44_100, 2, false, false),
                &[0x12, 0x10][..],
            ),
            // Hierarchical, version 1 and 2.
            (
                &[0x2b, 0x8a, 0x08, 0x00],
                config(2, 22_050, 1, true, false),
                &[0x13, 0x88],
            ),
            (
                &[0xeb, 0x09, 0x88, 0x00],
                config(2, 24_000, 1, true, true),
                &[0x13, 0x08],
            ),
            // Behind a plain one, version 1 and 2.
            (
                &[0x13, 0x90, 0x56, 0xe5, 0xa0],
                config(2, 22_050, 2, true, false),
                &[0x13, 0x90],
            ),
            (
                &[0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80],
                config(2, 24_000, 1, true, true),
                &[0x13, 0x08],
            ),
            // The extension says no.
            (
                &[0x13, 0x90, 0x56, 0xe5, 0x20],
                config(2, 22_050, 2, false, false),
                &[0x13, 0x90],
            ),
            // A rate that has no index: 23 000 Hz.
            (
                &[0x17, 0x80, 0x2c, 0xec, 0x08],
                config(2, 23_000, 1, false, false),
                &[0x17, 0x80, 0x2c, 0xec, 0x08],
            ),
        ] {
            let read = Config::read(bytes).unwrap();
            assert_eq!(read, expected, "{bytes:02x?}");
            assert_eq!(read.core().unwrap(), core, "{bytes:02x?}");
        }
        // Enhanced low delay isn't built on AAC-LC.
        assert_eq!(
            Config::read(&[0xf8, 0xe6, 0x40]).map(|config| (
                config.object,
                config.sbr,
                config.core()
            )),
            Some((39, false, None))
        );
        assert_eq!(Config::read(&[]), None);
    }

    proptest! {
        #[test]
        fn any_config_gives_a_plain_core(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            if let Some(core) = Config::read(&bytes).and_then(|config| config.core()) {
                let read = Config::read(&core).unwrap();
                prop_assert!(read.object == 2 && !read.sbr && !read.ps);
                prop_assert_eq!(read.core().unwrap(), core);
            }
        }
    }
}
