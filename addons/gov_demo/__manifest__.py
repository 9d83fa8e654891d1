{
    "name": "Government Back Office: Demo Agency",
    "summary": "An invented agency with people, goods, matters; not for production",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Government",
    "author": "Gov Suite",
    "website": "https://gov-suite.example.org",
    "license": "AGPL-3",
    "depends": ["gov_logistics"],
    "post_init_hook": "post_init_hook",
}
