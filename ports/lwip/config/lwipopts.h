// SPDX-License-Identifier: MIT
//
// lwIP for one program with a loop and a few TCP connections: no operating system, no sockets, all
// memory in pools of fixed size. An example: a board with other needs gives a folder of its own by
// HUBTWIN_LWIP_OPTIONS. What hubtwin::lwip relies on is marked.
#ifndef HUBTWIN_LWIPOPTS_H
#define HUBTWIN_LWIPOPTS_H

// hubtwin::lwip relies on these: one context calls lwIP, through the raw API.
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_RAW 0

// IPv4 with DHCP and DNS. Names given by Network::add_host() need the two list options.
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define DNS_TABLE_SIZE 2
#define DNS_LOCAL_HOSTLIST 1
#define DNS_LOCAL_HOSTLIST_IS_DYNAMIC 1
#define MEMP_NUM_LOCALHOSTLIST 1
#define LWIP_NETIF_HOSTNAME 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define ARP_TABLE_SIZE 4

// Left out for the sake of flash: answers to ping, and what came behind a lost segment, which the
// peer sends again.
#define LWIP_ICMP 0
#define TCP_QUEUE_OOSEQ 0

// Memory for one connection; what is set by HUBTWIN_LWIP_DEFINITIONS goes before. MEM_SIZE holds what is
// sent until it is acknowledged, and ARP, DHCP and DNS packets.
#define MEM_ALIGNMENT __SIZEOF_POINTER__
#ifndef MEM_SIZE
#define MEM_SIZE (5 * 1024)
#endif
#ifndef MEMP_NUM_TCP_PCB
#define MEMP_NUM_TCP_PCB 4  // two that stand, two that linger after close()
#endif
#ifndef MEMP_NUM_TCP_PCB_LISTEN
#define MEMP_NUM_TCP_PCB_LISTEN 1
#endif
#ifndef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG 12
#endif
#define MEMP_NUM_UDP_PCB 3
#define MEMP_NUM_PBUF 4

// Received frames. hubtwin::lwip relies on one buffer holding a whole frame.
#ifndef PBUF_POOL_SIZE
#define PBUF_POOL_SIZE 6
#endif
#define PBUF_POOL_BUFSIZE 1520

// TCP_WND bounds what a peer sends unasked. It may be far smaller than a TLS record: received bytes
// are acknowledged as they are read. An Ethernet controller's FIFO must hold all of it, since peers
// send it back to back: the LAN9118 takes 10,560 bytes, so 6 * 1460 is the most for that.
#define TCP_MSS 1460
#ifndef TCP_WND
#define TCP_WND (3 * TCP_MSS)
#endif
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define LWIP_TCP_KEEPALIVE 0

#define LWIP_STATS 0
#define LWIP_NO_CTYPE_H 1  // saves its table
#define LWIP_NETIF_TX_SINGLE_PBUF 0

#endif
