// Package page is the web page for people: the phones with their messages, and the
// journal with the requests that were refused.
//
// [Page] draws what a [world.World] shows of itself, and streams what changes. It
// steers the mock through the control API only.
package page
