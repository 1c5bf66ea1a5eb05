// Package smsapi takes SMS over HTTP: as Twilio does, with Twilio's rules and errors,
// and at POST /sms from any other provider's client that sends JSON or a form.
//
// What it takes goes to [world.World], which lets it arrive; package hooks sends
// the receipts.
package smsapi
