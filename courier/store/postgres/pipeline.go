package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// descriptions are what the server said of the types of each statement, and the name
// that it has on a connection. They are asked for once in a process.
type descriptions map[string]*description

type description struct {
	name string
	*pgconn.StatementDescription
}

// pipeline sends the statements of one transaction. The server parses and plans each
// text once for all the operations of a batch, which is two thirds of its work, and on a
// direct connection once for all batches (see names).
type pipeline struct {
	conn   *pgx.Conn
	known  descriptions
	parsed names
	// passing is set where the names end with the transaction.
	passing bool
}

func newPipeline(conn *pgx.Conn, known descriptions) *pipeline {
	p := &pipeline{conn: conn, known: known, parsed: namesOn(conn)}
	if p.parsed == nil {
		p.parsed, p.passing = make(names), true
	}
	return p
}

// run sends statements and reads their answers, in their order. last says that the
// transaction ends with them. After an error the connection must go: it may know other
// names than were sent.
func (p *pipeline) run(ctx context.Context, all []*statement, last bool) error {
	if err := p.describe(ctx, all); err != nil {
		return err
	}
	pipe := p.conn.PgConn().StartPipeline(ctx)
	if err := p.send(pipe, all, last); err != nil {
		_ = pipe.Close()
		return err
	}
	if err := p.receive(pipe, all); err != nil {
		_ = pipe.Close()
		return err
	}
	return pipe.Close()
}

// describe asks for the types of statements that were never sent before.
func (p *pipeline) describe(ctx context.Context, all []*statement) error {
	for _, st := range all {
		if p.known[st.text] != nil {
			continue
		}
		name := "courier_" + strconv.Itoa(len(p.known))
		// The unnamed statement is gone with the next one.
		sd, err := p.conn.PgConn().Prepare(ctx, "", numbered(st.text), nil)
		if err != nil {
			return err
		}
		p.known[st.text] = &description{name, sd}
	}
	return nil
}

func (p *pipeline) send(pipe *pgconn.Pipeline, all []*statement, last bool) error {
	var values pgx.ExtendedQueryBuilder
	for _, st := range all {
		d := p.known[st.text]
		if !p.parsed[d.name] {
			pipe.SendPrepare(d.name, d.SQL, d.ParamOIDs)
			p.parsed[d.name] = true
		}
		if err := values.Build(p.conn.TypeMap(), d.StatementDescription, plain(st.args)); err != nil {
			return fmt.Errorf("%s: %w", d.SQL, err)
		}
		pipe.SendQueryPrepared(d.name, values.ParamValues, values.ParamFormats, values.ResultFormats)
	}
	if last && p.passing {
		for name := range p.parsed {
			pipe.SendDeallocate(name)
		}
	}
	return pipe.Sync()
}

func (p *pipeline) receive(pipe *pgconn.Pipeline, all []*statement) error {
	for {
		results, err := pipe.GetResults()
		if err != nil {
			return err
		}
		switch results := results.(type) {
		case nil:
			return nil
		case *pgconn.ResultReader:
			st := all[0]
			all = all[1:]
			if err := st.read(p.conn, results); err != nil {
				return err
			}
		}
	}
}

// read takes the answer to a statement.
func (st *statement) read(conn *pgx.Conn, answer *pgconn.ResultReader) error {
	if st.scan == nil {
		tag, err := answer.Close()
		st.changed = tag.RowsAffected()
		return err
	}
	return scanAll(pgx.RowsFromResultReader(conn.TypeMap(), answer), st.scan)
}
