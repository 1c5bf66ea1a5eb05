package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func newBadgeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "badge REPORT.json",
		Short: "Print the badge of a report as SVG",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var said struct {
				Outcome  verdict.Outcome `json:"outcome"`
				Profiles []struct {
					Name    string          `json:"name"`
					Outcome verdict.Outcome `json:"outcome"`
				} `json:"profiles"`
			}
			if err := json.Unmarshal(raw, &said); err != nil || said.Outcome == "" {
				return fmt.Errorf("%s is no report.json of a run (%w)", args[0], err)
			}
			v := verdict.Verdict{Outcome: said.Outcome}
			for _, p := range said.Profiles {
				v.Profiles = append(v.Profiles, verdict.Profile{Word: catalogue.Word{Name: p.Name}, Outcome: p.Outcome})
			}
			svg, err := report.Badge(report.Data{Verdict: v})
			if err == nil {
				_, err = cmd.OutOrStdout().Write(svg)
			}
			return err
		},
	}
}
