package main

import "math"

const (
	micro         = 1e-6
	secondsOfDay  = 86_400
	daysOfMonth   = 30
	leastReplicas = 2 // one may be down
)

// tiers are how many different people Meta lets a business write to in 24 hours.
var tiers = []float64{250, 2_000, 10_000, 100_000}

// need is what a number of logins in the busiest second takes.
type need struct {
	// Logins are those of the busiest second, and Messages the codes.
	Logins   float64 `json:"logins"`
	Messages float64 `json:"codes"`
	// OneProcess says that one process with an SQLite file carries it.
	OneProcess bool `json:"one_process"`
	// Replicas on Databases PostgreSQL servers carry it, with what these use: cores, writes
	// and bytes a second, bytes.
	Replicas      float64 `json:"replicas"`
	Databases     float64 `json:"databases"`
	CourierCores  float64 `json:"courier_cores"`
	DatabaseCores float64 `json:"database_cores"`
	Writes        float64 `json:"writes"`
	WAL           float64 `json:"wal"`
	StoredBytes   float64 `json:"stored_bytes"`
	// Numbers are those that it takes at Meta.
	Numbers              float64 `json:"numbers"`
	NumbersAtHighestRate float64 `json:"numbers_at_highest_rate"`
	// People are those of a day, and Tier is Meta's limit of them; 0 is unlimited.
	People float64 `json:"people"`
	Tier   float64 `json:"tier"`
	// WhatsApp and SMS are dollars a month.
	WhatsApp float64 `json:"whatsapp_usd"`
	SMS      float64 `json:"sms_usd"`
}

// plan reckons what a number of logins in the busiest second takes.
func plan(f figures, logins float64) need {
	n := need{Logins: logins, Messages: logins * f.of("codes_per_login")}
	mean := n.Messages / f.of("peak")
	n.OneProcess = n.Messages <= sqliteEnds(f)
	n.CourierCores = n.Messages * (f.of("exchange_cpu") + f.of("postgres_cpu")) * micro
	n.Replicas = max(leastReplicas, math.Ceil(n.Messages/replicaEnds(f)))
	n.DatabaseCores = n.Messages * f.of("server_cpu") * micro
	n.WAL = n.Messages * f.of("wal_bytes")
	n.Databases = math.Ceil(n.Messages / postgresEnds(f))
	n.Writes = n.Messages * (f.of("writes") + f.of("sms_share")*f.of("sms_writes"))
	n.StoredBytes = mean * secondsOfDay * f.of("keep_days") * f.of("stored_bytes")
	n.Numbers = math.Ceil(n.Messages / f.of("number_rate"))
	n.NumbersAtHighestRate = math.Ceil(n.Messages / f.of("high_number_rate"))
	n.People = logins / f.of("peak") * secondsOfDay * f.of("people_share")
	n.Tier = tierFor(n.People)
	n.WhatsApp = mean * secondsOfDay * daysOfMonth * (1 - f.of("sms_share")) * f.of("whatsapp_price")
	n.SMS = mean * secondsOfDay * daysOfMonth * f.of("sms_share") * f.of("sms_price")
	return n
}

// sqliteEnds is how many codes a second one process with an SQLite file carries: as much
// as its writer or its cores do.
func sqliteEnds(f figures) float64 {
	return min(f.of("sqlite_rate"), f.of("replica_cores")/((f.of("exchange_cpu")+f.of("sqlite_cpu"))*micro)) * f.of("load")
}

// replicaEnds is the same of one replica on PostgreSQL.
func replicaEnds(f figures) float64 {
	return min(f.of("replica_rate"), f.of("replica_cores")/((f.of("exchange_cpu")+f.of("postgres_cpu"))*micro)) * f.of("load")
}

// postgresEnds is how many codes a second one PostgreSQL server carries: as much as its
// cores or its WAL do.
func postgresEnds(f figures) float64 {
	return min(f.of("database_cores")/(f.of("server_cpu")*micro), f.of("database_wal")/f.of("wal_bytes")) * f.of("load")
}

// tierFor is the smallest of Meta's limits that so many people fit in; 0 is unlimited.
func tierFor(people float64) float64 {
	for _, tier := range tiers {
		if people <= tier {
			return tier
		}
	}
	return 0
}
