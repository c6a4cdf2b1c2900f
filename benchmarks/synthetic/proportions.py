"""What the release of five documents has, by class and by property: what a larger one keeps.

Measured on release 06410addb466 (61,121 quads; 451 activities, 168 agreements): a share is the
part of the things of a class that have the property, a count is how many of each hundred or how
often each number occurred.
"""

# Things in one document: a fifth of what the five have.
ACTIVITIES = 90
AGREEMENTS = 34
CORRECTIONS = 13
DISCREPANCIES = 11
OBSERVATIONS = 20
DEPARTMENTS = 25
LINES_PER_PAGE = 40

# How many agents share an activity, and how many sign an agreement: number → times it occurs.
AGENTS_PER_ACTIVITY = {
    1: 108, 2: 288, 3: 21, 4: 2, 5: 6, 6: 7, 7: 4, 8: 1, 9: 2, 10: 1, 12: 1, 13: 4, 14: 1, 20: 4,
    21: 1,
}  # fmt: skip
PARTIES_PER_AGREEMENT = {2: 147, 3: 7, 4: 4, 5: 5, 7: 1, 8: 1, 10: 1, 14: 2}
# What kind of agent the others are than the local government whose document it is.
PARTNERS_OF_ACTIVITY = {
    "municipality": 348, "association": 227, "organization": 104, "prefecture": 33, "company": 19,
}  # fmt: skip
PARTNERS_OF_AGREEMENT = {
    "foreign": 200, "municipality": 8, "prefecture": 59, "association": 29, "organization": 8,
    "company": 4,
}  # fmt: skip
# An agent meets the same partners again: 1.9 pieces of evidence for one tie.
PARTNERS_PER_DOCUMENT = 40

DATE_FORMS = {"date": 382, "gYearMonth": 42, "gYear": 1}
SIGNING_FORMS = {"date": 165, "gYearMonth": 9, "gYear": 3}

ACTIVITY_SHARES = {
    "start": 0.942, "end": 0.933, "department": 0.468, "venue": 0.262, "method": 0.180,
    "organizer": 0.171, "subprefecture": 0.173, "country": 0.146, "targetPlace": 0.102,
    "theme": 0.051, "approximate": 0.033, "period": 0.024, "openEnded": 0.009,
}  # fmt: skip
AGREEMENT_SHARES = {
    "signedOn": 0.994, "field": 0.887, "department": 0.887, "page": 0.381, "signedAt": 0.107,
    "note": 0.042, "renewedOn": 0.030, "validUntil": 0.006,
}  # fmt: skip
FIELDS = {1: 45, 2: 81, 3: 15, 4: 8}
RECORDS_PER_AGREEMENT = {1: 140, 2: 28}
RECORDS_PER_DISCREPANCY = {2: 18, 4: 12, 6: 8, 8: 4}
PERIODS = 3
CONCERNED = 3
RECORD_HAS_PAGE = 0.654
CORRECTION_CONCERNS = 0.836
DISCREPANCY_CONCERNS = 0.905

# Topics of titles, Japanese and English: a word that a label search finds in a few of a hundred.
TOPICS = (
    ("文化交流", "Cultural exchange"), ("中学生派遣", "Junior high school visit"),
    ("物産展", "Fair of local products"), ("防災協力", "Disaster cooperation"),
    ("スポーツ交流", "Sports exchange"), ("観光連携", "Tourism partnership"),
    ("環境保全", "Environmental protection"), ("農業体験", "Farm stay"),
    ("音楽祭", "Music festival"), ("図書館協力", "Library cooperation"),
    ("姉妹都市記念", "Sister city anniversary"), ("職員派遣", "Secondment of staff"),
    ("留学生支援", "Support of foreign students"), ("森林整備", "Care of forests"),
    ("啄木学級", "Takuboku class"), ("港湾協力", "Port cooperation"),
)  # fmt: skip
FORMS = (
    ("事業", "project"), ("講座", "lecture"), ("会議", "meeting"), ("訪問", "visit"),
    ("展示", "exhibition"), ("大会", "convention"),
)  # fmt: skip
SECTIONS = (
    ("国際交流課", "International Exchange Section"), ("企画課", "Planning Section"),
    ("観光課", "Tourism Section"), ("教育委員会", "Board of Education"),
    ("環境課", "Environment Section"),
)  # fmt: skip
