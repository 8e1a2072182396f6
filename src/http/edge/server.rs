//! The server: sockets below, routes above, and a good end.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, ServiceConfig};
use tokio::time::timeout;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::http::edge::codings::codings;
use crate::http::edge::connection::{Guarded, turn_away, watch_peer};
use crate::http::edge::gate::gate;
use crate::http::edge::health;
use crate::http::edge::service::Edge;

/// How long a client may take to close after the answer to a request that was not read to its end.
const LINGER: Duration = Duration::from_secs(2);
/// Time between two looks at who may be forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Name of the socket in the words of the server.
const NAME: &str = "http";

/// A server that has been built and not yet awaited.
pub struct Running {
    server: Server,
    /// Where it listens; the port is the real one.
    pub address: SocketAddr,
    edge: Data<Edge>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Builds a server on a socket that listens already. `routes` adds the resources of the API; called once a thread.
///
/// # Errors
/// What the system says of the socket.
pub fn build<F>(edge: Edge, listener: TcpListener, routes: F) -> io::Result<Running>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + Sync + 'static,
{
    let address = listener.local_addr()?;
    let edge = Data::from(Arc::new(edge));
    let options = edge.options.clone();
    let shared = edge.clone();
    let builder = Server::build()
        .workers(options.threads.clamp(1, 64))
        .disable_signals()
        // Our own limit answers; this one would let clients wait.
        .max_concurrent_connections(usize::MAX >> 8)
        .shutdown_timeout(options.farewell.as_secs().max(1));
    let ending = builder.graceful_shutdown_signal();
    let server = builder
        .listen(NAME, listener, move || {
            let edge = shared.clone();
            let ending = ending.clone();
            let app = app(edge.clone(), routes.clone())
                .into_factory()
                .map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .keep_alive(KeepAlive::Timeout(options.deadlines.keep_alive))
                // The guarded stream has deadlines for every head, this one would only have one for the first.
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(LINGER)
                .local_addr(address)
                .on_connect_ext(|io: &Guarded, data| drop(data.insert(io.connection())))
                .graceful_shutdown_signal(move || {
                    let ending = ending.clone();
                    async move { ending.notified().await }
                })
                .finish(map_config(app, move |_| AppConfig::default()));
            fn_service(move |io: TcpStream| {
                let edge = edge.clone();
                async move {
                    let Some(slot) = edge.slots.take() else {
                        edge.metrics.connections_refused.inc();
                        turn_away(io).await;
                        return Err(DispatchError::Io(io::ErrorKind::ConnectionRefused.into()));
                    };
                    // Small answers must not wait for one another.
                    let _ = io.set_nodelay(true);
                    // A system that does not know how goes without.
                    let _ = watch_peer(&io, edge.options.deadlines.vanished);
                    let peer = io.peer_addr().ok();
                    Ok((Guarded::new(io, edge.options.deadlines, slot), Protocol::Http1, peer))
                }
            })
            .and_then(http)
        })?
        .run();
    Ok(Running { server, address, edge })
}

/// The application of one thread.
fn app<F>(
    edge: Data<Edge>,
    routes: F,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + Sync + 'static,
{
    // The page must not ask the validator of swagger.io about us.
    let page = Config::from("/api/openapi.json").validator_url("none").try_it_out_enabled(false);
    App::new()
        .app_data(edge.clone())
        .app_data(edge.options.json)
        .configure(health::routes)
        .configure(routes)
        .service(SwaggerUi::new("/api/docs/{tail:.*}").config(page))
        .default_service(web::to(health::unmatched))
        .wrap(from_fn(gate))
        .wrap(Compress::default())
        .wrap(from_fn(codings))
}

impl Running {
    /// Announces the end when it is called, some time before [`until`](Self::until) is told to stop: `/readyz` answers 503 from then on,
    /// and everything else as before.
    pub fn announcer(&self) -> impl Fn() + Send + 'static {
        let edge = self.edge.clone();
        move || edge.leave()
    }

    /// Serves until `stop` is done, then ends in good order: running requests finish, streams of events close.
    ///
    /// # Errors
    /// What the system says of the sockets.
    pub async fn until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { server, edge, .. } = self;
        let handle = server.handle();
        let housekeeping = tidy(edge.clone());
        let farewell = async {
            stop.await;
            say_goodbye(&edge, &handle).await;
        };
        let serve = async {
            let (result, ()) = tokio::join!(server, farewell);
            result
        };
        tokio::select! {
            result = serve => result,
            () = housekeeping => Ok(()),
        }
    }
}

async fn say_goodbye(edge: &Data<Edge>, handle: &ServerHandle) {
    tracing::info!("shutting down");
    edge.end();
    let limit = edge.options.farewell;
    let retire = timeout(limit, edge.vitals.retire());
    let (retired, ()) = tokio::join!(retire, handle.stop(true));
    if retired.is_err() {
        tracing::warn!("work was still going on when its time was over");
    }
    tracing::info!("shut down");
}

/// Keeps tables small for as long as the server lives.
async fn tidy(edge: Data<Edge>) {
    let mut ticks = tokio::time::interval(HOUSEKEEPING);
    loop {
        ticks.tick().await;
        for rate in edge.rate.iter().chain(&edge.failures) {
            rate.forget();
        }
        edge.refusals.forget();
    }
}
