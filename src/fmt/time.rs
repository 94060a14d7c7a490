//! A moment as a date of the calendar, in UTC.
//!
//! Howard Hinnant's `civil_from_days`. Does not depend on what time it is.

/// `2026-02-14 10:15` from seconds since 1970-01-01; empty for 0, which means unknown.
#[must_use]
pub fn minute(seconds: u64) -> String {
    if seconds == 0 {
        return String::new();
    }
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // A year begins in March here, so that the day that some years have is the last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest / 60 % 60)
}

/// `02-14 10:15`: without the year, for narrow columns of logs whose names tell it.
#[must_use]
pub fn short(seconds: u64) -> String {
    minute(seconds).get(5..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        // date -u -d @1771064100 and so on.
        assert_eq!(minute(1_771_064_100), "2026-02-14 10:15");
        assert_eq!(minute(951_782_400), "2000-02-29 00:00");
        assert_eq!(minute(1), "1970-01-01 00:00");
        assert_eq!(minute(0), "");
        assert_eq!((short(1_771_064_100).as_str(), short(0).as_str()), ("02-14 10:15", ""));
    }
}
