{
    "name": "Government Back Office: Core",
    "summary": "Approval chains, policy clauses, working days, seals, findings, papers",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Government",
    "author": "Gov Suite",
    "website": "https://gov-suite.example.org",
    "license": "AGPL-3",
    "depends": ["hr", "mail"],
    "external_dependencies": {"python": ["chinesecalendar", "cn2an"]},
    "data": [
        "security/gov_base_groups.xml",
        "security/ir.model.access.csv",
    ],
}
