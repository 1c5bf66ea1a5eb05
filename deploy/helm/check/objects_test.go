package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	kubejson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// objects are those of one installation, by name: what the chart makes, and what its
// owner made before.
type objects struct {
	secrets     map[string]*core.Secret
	configMaps  map[string]*core.ConfigMap
	services    map[string]*core.Service
	claims      map[string]*core.PersistentVolumeClaim
	deployments map[string]*apps.Deployment
	jobs        map[string]*batch.Job
	ingresses   map[string]*networking.Ingress
	policies    map[string]*networking.NetworkPolicy
	budgets     map[string]*policy.PodDisruptionBudget
	autoscalers map[string]*autoscaling.HorizontalPodAutoscaler
	monitors    map[string]*monitoring.ServiceMonitor
	rules       map[string]*monitoring.PrometheusRule
}

// installed decodes the objects strictly: no field may be unknown, spelt differently or
// there twice.
func installed(t *testing.T, installation string) objects {
	t.Helper()
	o := objects{
		map[string]*core.Secret{},
		map[string]*core.ConfigMap{},
		map[string]*core.Service{},
		map[string]*core.PersistentVolumeClaim{},
		map[string]*apps.Deployment{},
		map[string]*batch.Job{},
		map[string]*networking.Ingress{},
		map[string]*networking.NetworkPolicy{},
		map[string]*policy.PodDisruptionBudget{},
		map[string]*autoscaling.HorizontalPodAutoscaler{},
		map[string]*monitoring.ServiceMonitor{},
		map[string]*monitoring.PrometheusRule{},
	}
	owners, err := os.ReadFile(filepath.Join("testdata", installation, "owner.yaml"))
	require.NoError(t, err)
	for _, document := range strings.Split(manifest(t, installation)+"\n---\n"+string(owners), "---\n") {
		text, err := yaml.YAMLToJSONStrict([]byte(document))
		require.NoError(t, err, document)
		if string(text) == "null" {
			continue
		}
		var is struct{ APIVersion, Kind string }
		require.NoError(t, yaml.Unmarshal(text, &is))
		switch is.APIVersion + " " + is.Kind {
		case "v1 Secret":
			add(t, text, o.secrets)
		case "v1 ConfigMap":
			add(t, text, o.configMaps)
		case "v1 Service":
			add(t, text, o.services)
		case "v1 PersistentVolumeClaim":
			add(t, text, o.claims)
		case "apps/v1 Deployment":
			add(t, text, o.deployments)
		case "batch/v1 Job":
			add(t, text, o.jobs)
		case "networking.k8s.io/v1 Ingress":
			add(t, text, o.ingresses)
		case "networking.k8s.io/v1 NetworkPolicy":
			add(t, text, o.policies)
		case "policy/v1 PodDisruptionBudget":
			add(t, text, o.budgets)
		case "autoscaling/v2 HorizontalPodAutoscaler":
			add(t, text, o.autoscalers)
		case "monitoring.coreos.com/v1 ServiceMonitor":
			add(t, text, o.monitors)
		case "monitoring.coreos.com/v1 PrometheusRule":
			add(t, text, o.rules)
		default:
			t.Fatalf("unknown object %s %s:\n%s", is.APIVersion, is.Kind, document)
		}
	}
	require.Len(t, o.deployments, 1)
	o.secrets["courier-certificate"] = certificate(t)
	return o
}

func add[T any, P interface {
	*T
	GetName() string
}](t *testing.T, text []byte, all map[string]P,
) {
	t.Helper()
	object := P(new(T))
	strict, err := kubejson.UnmarshalStrict(text, object)
	require.NoError(t, err, "%s", text)
	require.Empty(t, strict, "%s", text)
	require.NotEmpty(t, object.GetName())
	require.NotContains(t, all, object.GetName())
	all[object.GetName()] = object
}

// deployment is the only one.
func (o objects) deployment() *apps.Deployment {
	for _, d := range o.deployments {
		return d
	}
	return nil
}

// pods are the templates of all pods, by the name of what makes them.
func (o objects) pods() map[string]core.PodTemplateSpec {
	all := map[string]core.PodTemplateSpec{o.deployment().Name: o.deployment().Spec.Template}
	for name, job := range o.jobs {
		all[name] = job.Spec.Template
	}
	return all
}
