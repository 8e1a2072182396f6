//! Where an answer leads: operations that take what it names (links of the OpenAPI document).

/// An operation, and its parameters as runtime expressions over the answer.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Name of the operation.
    pub operation: &'static str,
    /// Parameter and expression.
    pub parameters: &'static [(&'static str, &'static str)],
}

const fn by(operation: &'static str, parameters: &'static [(&'static str, &'static str)]) -> Link {
    Link { operation, parameters }
}

const ID: &[(&str, &str)] = &[("id", "$response.body#/id")];
const NAME: &[(&str, &str)] = &[("name", "$response.body#/name")];
const VERSION: &[(&str, &str)] = &[("name", "$response.body#/name"), ("version", "$response.body#/version")];
const PARTY: &[(&str, &str)] = &[("id", "$response.body#/id"), ("party", "$response.body#/party")];

/// Links of each kind of answer.
const LINKS: [(&str, &[Link]); 8] = [
    (
        "RunDocument",
        &[by("getRun", ID), by("getAllocation", ID), by("explainRun", ID), by("exportRun", ID), by("deleteRun", ID)],
    ),
    ("JobDocument", &[by("getJob", ID), by("getJobEvents", ID), by("getJobResult", ID)]),
    ("PlanDocument", &[by("getPlan", ID), by("decidePlan", ID)]),
    ("MeDocument", &[by("endSession", &[("id", "$response.body#/session/id")])]),
    ("TokenDocument", &[by("revokeToken", ID)]),
    (
        "ModelDocument",
        &[by("getModel", NAME), by("listModelVersions", NAME), by("getModelVersion", VERSION), by("putModel", NAME)],
    ),
    (
        "DatasetDocument",
        &[
            by("getDataset", NAME),
            by("listDatasetVersions", NAME),
            by("getDatasetVersion", VERSION),
            by("putDataset", NAME),
        ],
    ),
    (
        "NegotiationDocument",
        &[
            by("getNegotiation", ID),
            by("makeOffer", ID),
            by("mediate", ID),
            by("viewNegotiation", PARTY),
            by("tryOffers", PARTY),
            by("getPrivateFile", PARTY),
            by("putPrivateFile", PARTY),
        ],
    ),
];

/// Where an answer of a schema leads.
pub fn of(schema: &str) -> &'static [Link] {
    LINKS.iter().find(|(name, _)| *name == schema).map_or(&[], |(_, links)| links)
}
