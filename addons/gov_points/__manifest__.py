{
    "name": "Government Back Office: Conduct Scoring",
    "summary": "Conduct scoring with due process, from clue to annual appraisal",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Government",
    "author": "Gov Suite",
    "website": "https://gov-suite.example.org",
    "license": "AGPL-3",
    "depends": ["gov_base"],
    "application": True,
    "data": [
        "security/gov_points_groups.xml",
        "security/ir.model.access.csv",
        "views/gov_points_menus.xml",
    ],
}
