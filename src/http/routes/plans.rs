//! Plans: runs put forward, decided by somebody else than their maker.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::http::access::Deed;
use crate::http::answers::{
    CommentBody, CommentDocument, DecisionBody, DecisionWord, List, Paging, PlanBody, PlanDocument,
};
use crate::http::edge::aside::aside;
use crate::http::edge::conditional::{Tag, not_modified, unchanged};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::routes::runs::{FILES, exported};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{located, tagged};
use crate::http::years::{YearDifference, amounts};
use crate::phrases::Phrase;
use crate::report::paper::{Approval, Paper};
use crate::store::{Decision, Expected, NewPlan, Plan, PlanState, Role};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const COMMENTS: &str = "/api/v1/plans/{id}/comments";
    vec![
        Route::new((Method::POST, "/api/v1/plans"), ("submitPlan", "api.submit_plan"), Deed::Make, || {
            web::post().to(submit)
        })
        .takes::<PlanBody>()
        .gives::<PlanDocument>(201, "api.the_plan")
        .with_headers(&["Location", "ETag"])
        .heeds(&[Heeds::IdempotencyKey]),
        Route::new((Method::GET, "/api/v1/plans"), ("listPlans", "api.list_plans"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<PlanDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/plans/{id}"), ("getPlan", "api.get_plan"), Deed::Read, || web::get().to(one))
            .gives::<PlanDocument>(200, "api.the_plan")
            .revalidated(),
        Route::new(
            (Method::POST, "/api/v1/plans/{id}/decision"),
            ("decidePlan", "api.decide_plan"),
            Deed::Decide,
            || web::post().to(decide),
        )
        .takes::<DecisionBody>()
        .gives::<PlanDocument>(200, "api.plan_decided")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IdempotencyKey, Heeds::IfMatch]),
        Route::new(
            (Method::POST, "/api/v1/plans/{id}/publication"),
            ("publishPlan", "api.publish_plan"),
            Deed::Approve,
            || web::post().to(publish),
        )
        .gives::<PlanDocument>(200, "api.plan_published")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
        Route::new((Method::GET, COMMENTS), ("listPlanComments", "api.list_comments"), Deed::Read, || {
            web::get().to(comments)
        })
        .query::<Paging>()
        .gives::<List<CommentDocument>>(200, "api.part_of_list"),
        Route::new((Method::POST, COMMENTS), ("commentPlan", "api.comment_plan"), Deed::Remark, || {
            web::post().to(comment)
        })
        .takes::<CommentBody>()
        .example(r#"{"text":"请说明城桥镇的降幅。"}"#)
        .gives::<CommentDocument>(201, "api.the_comment")
        .heeds(&[Heeds::IdempotencyKey]),
        Route::new(
            (Method::GET, "/api/v1/plans/{id}/difference"),
            ("getPlanDifference", "api.get_plan_difference"),
            Deed::Read,
            || web::get().to(difference),
        )
        .gives::<YearDifference>(200, "api.the_change_of_year"),
        Route::new(
            (Method::GET, "/api/v1/plans/{id}/exports/{format}"),
            ("exportPlan", "api.export_plan"),
            Deed::Read,
            || web::get().to(export),
        )
        .query::<Paper>()
        .gives_bytes(200, "api.the_file", FILES)
        .with_headers(&["Content-Disposition"]),
    ]
}

fn answer(status: StatusCode, plan: &PlanDocument) -> HttpResponse {
    tagged(status, &Tag::named(plan.revision), plan)
}

async fn submit(who: Who, service: Data<Service>, body: Posted<PlanBody>) -> Result<HttpResponse, Problem> {
    let (kept, by) = (service.clone(), who.by());
    let make = |body: PlanBody, _, id: Option<String>| async move {
        let PlanBody { run, title, note, previous } = body;
        let id = id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let put = kept.store.submit_plan(&by, NewPlan { id, run, title, note, previous }).await;
        let plan = PlanDocument::of(put.map_err(|error| of_store(error).pointer("/run"))?.value);
        Ok(located(answer(StatusCode::CREATED, &plan), &format!("/api/v1/plans/{}", plan.id)))
    };
    body.once(&service, &who, make).await
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.plans(who.org(), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, PlanDocument::of)))
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let plan = PlanDocument::of(service.store.plan(who.org(), &id).await.map_err(of_store)?);
    let known = not_modified(&request, &Tag::named(plan.revision))?;
    Ok(known.unwrap_or_else(|| answer(StatusCode::OK, &plan)))
}

async fn decide(
    who: Who,
    service: Data<Service>,
    id: Path<String>,
    body: Posted<DecisionBody>,
) -> Result<HttpResponse, Problem> {
    let decision = match body.value.decision {
        DecisionWord::Approve => Decision::Approve,
        DecisionWord::Reject => Decision::Reject,
        DecisionWord::Withdraw => Decision::Withdraw,
    };
    // A planner takes back; who decides is an approver, or an admin.
    if decision != Decision::Withdraw && who.principal.role == Role::Planner {
        return Err(Problem::new(problem::FORBIDDEN));
    }
    let (kept, asker, id) = (service.clone(), who.clone(), id.into_inner());
    let make = |body: DecisionBody, request: HttpRequest, _| async move {
        let revision = kept.store.plan(asker.org(), &id).await.map_err(of_store)?.revision;
        unchanged(&request, &Tag::named(revision))?;
        let expected = Expected::OneOf(vec![revision]);
        let decided = kept.store.decide_plan(&asker.by(), &id, decision, &body.comment, expected).await;
        Ok(answer(StatusCode::OK, &PlanDocument::of(decided.map_err(of_store)?)))
    };
    body.once(&service, &who, make).await
}

async fn publish(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let revision = service.store.plan(who.org(), &id).await.map_err(of_store)?.revision;
    unchanged(&request, &Tag::named(revision))?;
    let published = service.store.publish_plan(&who.by(), &id, Expected::OneOf(vec![revision])).await;
    Ok(answer(StatusCode::OK, &PlanDocument::of(published.map_err(of_store)?)))
}

async fn comments(
    who: Who,
    service: Data<Service>,
    id: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let found = service.store.plan_comments(who.org(), &id, &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, CommentDocument::of)))
}

async fn comment(
    who: Who,
    service: Data<Service>,
    plan: Path<String>,
    body: Posted<CommentBody>,
) -> Result<HttpResponse, Problem> {
    let (kept, by, plan) = (service.clone(), who.by(), plan.into_inner());
    let make = |body: CommentBody, _, id: Option<String>| async move {
        let id = id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let put = kept.store.comment_plan(&by, &plan, &id, &body.text).await.map_err(of_store)?;
        Ok(HttpResponse::Created().json(CommentDocument::of(put.value)))
    };
    body.once(&service, &who, make).await
}

/// The amounts of the record of a run; reading a large one takes its time.
async fn amounts_of(service: &Service, who: &Who, run: &str) -> Result<crate::http::years::Amounts, Problem> {
    let document = service.store.run(who.org(), run).await.map_err(of_store)?.document;
    let read = move || amounts(&document).ok_or_else(|| Problem::new(problem::INTERNAL));
    aside(usize::MAX, read).await
}

async fn difference(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let plan = service.store.plan(who.org(), &id).await.map_err(of_store)?;
    let now = amounts_of(&service, &who, &plan.run).await?;
    let before = match &plan.previous {
        Some(previous) => {
            let run = service.store.plan(who.org(), previous).await.map_err(of_store)?.run;
            Some(amounts_of(&service, &who, &run).await?)
        }
        None => None,
    };
    match YearDifference::of(plan.id, plan.previous, &now, before.as_ref()) {
        Some(found) => Ok(HttpResponse::Ok().json(found)),
        None => Err(Problem::new(problem::CONFLICT).detail(Phrase::new("service.no_change_of_year"))),
    }
}

async fn export(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
    paper: Query<Paper>,
) -> Result<HttpResponse, Problem> {
    let (id, word) = path.into_inner();
    let plan = service.store.plan(who.org(), &id).await.map_err(of_store)?;
    let run = plan.run.clone();
    exported((&service, &who, &request), (&run, &word), (paper.into_inner(), approval(plan))).await
}

/// Who approved a plan; `None` where nobody has.
fn approval(plan: Plan) -> Option<Approval> {
    if plan.state != PlanState::Approved {
        return None;
    }
    Some(Approval {
        plan: plan.id,
        title: plan.title,
        maker: plan.maker,
        submitted: plan.created.to_string(),
        note: plan.note,
        approver: plan.decided_by?,
        approved: plan.decided_at?.to_string(),
        comment: plan.comment,
    })
}
