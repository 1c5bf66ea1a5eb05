package testkit

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

// CourierDSNVariable names a PostgreSQL, as postgres://..., by a role that may make
// schemas. Each courier whose options name no other gets a schema in it, instead of a
// file of SQLite.
const CourierDSNVariable = "COURIER_DSN"

func (o CourierOptions) dsn() string {
	if o.DSN != "" {
		return o.DSN
	}
	return os.Getenv(CourierDSNVariable)
}

// MakeCourierDatabase makes an empty database for CourierDSNVariable in a PostgreSQL, by
// a role that may create databases, and returns its URL. drop removes it.
func MakeCourierDatabase(ctx context.Context, server string) (dsn string, drop func() error, err error) {
	address, err := url.Parse(server)
	if err != nil {
		return "", nil, errNoURL
	}
	name := "courier_" + unique()
	if err := postgrestest.CreateDatabase(ctx, server, name, ""); err != nil {
		return "", nil, err
	}
	address.Path = "/" + name
	return address.String(), func() error { return postgrestest.DropDatabases(server, name) }, nil
}

// OnPostgres reports whether the deliveries are in a PostgreSQL.
func (c *Courier) OnPostgres() bool {
	dsn, _ := c.config.Get("dsn").(string)
	return strings.HasPrefix(dsn, "postgres")
}

// Tables returns all that the courier's tables in a PostgreSQL hold, by their names, in
// PostgreSQL's binary form: texts and bytes stand in it as they are. There are none on
// SQLite.
func (c *Courier) Tables(ctx context.Context) (map[string][]byte, error) {
	if !c.OnPostgres() {
		return nil, nil
	}
	return postgrestest.Dump(ctx, c.config.Get("dsn").(string))
}

// makeDatabase returns the dsn of an empty database. It goes with the courier.
func (c *Courier) makeDatabase(ctx context.Context, o CourierOptions) (string, error) {
	server := o.dsn()
	if server == "" {
		return "sqlite://" + c.DatabaseFile(), nil
	}
	dsn, drop, err := postgrestest.CreateSchema(ctx, server, "courier_"+unique())
	if err == nil {
		c.remove = append(c.remove, drop)
	}
	return dsn, err
}
