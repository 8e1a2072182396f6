//! Bargaining over a polyhedral feasible set (议价): Nash, Kalai–Smorodinsky, egalitarian, utilitarian.

mod answer;
mod arena;
mod frame;
mod model;
mod interior;
mod nash;
mod polygon;
mod properties;
mod request;
mod sharpen;
mod solve;

pub use crate::document::number::{Number, binary, written};
pub use answer::{Answer, FrontierPart, PartyPart, Proof, Solution, Unsolved, bargain, kind_name};
pub use frame::{Found, Frame, Refusal};
pub use model::{Linear, Model, Party, Variable};
pub use properties::Property;
pub use request::{
    ConstraintRequest, Kind, Label, PartyRequest, Request, TransferRequest, VariableRequest, VertexRequest,
};

/// Whether findings say that parties and set leave no agreement: an answer, not a fault of the input.
pub fn is_no_agreement(findings: &crate::finding::Findings) -> bool {
    let none = ["bargain.empty", "bargain.no_agreement", "bargain.disagreement_outside"];
    findings.0.iter().any(|finding| none.contains(&finding.code()))
}
