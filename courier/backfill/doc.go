// Package backfill lets people log in by phone who were in Kratos before their phone was
// a login identifier.
//
// Kratos makes the credential of a code from the identity schema when an identity is
// written. Identities of before `code: {via: sms}` stood in the schema have none, and
// Kratos answers their logins with "This account does not exist or has not setup sign in
// with code" (seen with v1.3.1; missing_credential_fallback_enabled changes nothing).
// Writing the identity again as it is makes it.
package backfill
