//! Peers that vanish: a machine switched off, a cable pulled. Nothing ends such a connection but the system, and that only when told to.

use std::io;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, TcpKeepalive};

/// How often the system asks a silent peer before it counts as gone.
const PROBES: u32 = 3;

/// Has the system end a connection whose peer acknowledges nothing for so long, whether something is being sent to it or not.
pub fn watch_peer(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    let socket = SockRef::from(stream);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(patience))?;
    let pause = (patience / (PROBES + 1)).max(Duration::from_secs(1));
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(pause).with_interval(pause).with_retries(PROBES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_told() {
        actix_web::rt::System::new().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            watch_peer(&stream, Duration::from_secs(30)).unwrap();
            let socket = SockRef::from(&stream);
            assert!(socket.keepalive().unwrap());
            #[cfg(target_os = "linux")]
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(30)));
        });
    }
}
