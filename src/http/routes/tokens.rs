//! Tokens of an organisation, for its admins.

use std::time::Duration;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpResponse, http::Method};

use crate::http::access::Deed;
use crate::http::answers::{List, Paging, RoleWord, TokenBody, TokenDocument};
use crate::http::edge::problem::Problem;
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::state::Service;
use crate::http::table::Route;
use crate::http::who::{Posted, Who};
use crate::store::{Moment, NewToken, Role};

const DAY: Duration = Duration::from_secs(86_400);

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/tokens"), ("listTokens", "api.list_tokens"), Deed::Administer, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<TokenDocument>>(200, "api.part_of_list"),
        Route::new((Method::POST, "/api/v1/tokens"), ("issueToken", "api.issue_token"), Deed::Administer, || {
            web::post().to(issue)
        })
        .takes::<TokenBody>()
        .gives::<TokenDocument>(201, "api.token_with_secret"),
        Route::new(
            (Method::DELETE, "/api/v1/tokens/{id}"),
            ("revokeToken", "api.revoke_token"),
            Deed::Administer,
            || web::delete().to(revoke),
        )
        .gives::<TokenDocument>(200, "api.token_revoked"),
    ]
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.tokens(Some(who.org()), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, |entry| TokenDocument::of(entry, None))))
}

async fn issue(who: Who, service: Data<Service>, body: Posted<TokenBody>) -> Result<HttpResponse, Problem> {
    let TokenBody { principal, role, days, note } = body.value;
    let role = match role {
        RoleWord::Viewer => Role::Viewer,
        RoleWord::Planner => Role::Planner,
        RoleWord::Approver => Role::Approver,
        RoleWord::Admin => Role::Admin,
        RoleWord::Auditor => Role::Auditor,
    };
    let expires = days.map(|days| Moment::now().plus(DAY.saturating_mul(days)));
    let new = NewToken { principal, role, expires, note };
    let issued = service.store.issue_token(&who.by(), new).await.map_err(of_store)?;
    Ok(HttpResponse::Created().json(TokenDocument::of(issued.entry, Some(issued.secret))))
}

async fn revoke(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let entry = service.store.revoke_token(&who.by(), &id).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(TokenDocument::of(entry, None)))
}
