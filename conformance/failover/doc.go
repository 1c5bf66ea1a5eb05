// Package failover breaks three replicas of the courier on one PostgreSQL while people ask
// for codes: a replica is killed every second, one is cut off from the database for a
// while, and the database itself is killed and started again. What the mock of Meta and of
// the SMS provider has received is the judge. It is all tests: `make failover` runs it for
// longer.
package failover
