package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

func selects(t *testing.T, selector *meta.LabelSelector, pod core.PodTemplateSpec) bool {
	t.Helper()
	s, err := meta.LabelSelectorAsSelector(selector)
	require.NoError(t, err)
	return s.Matches(labels.Set(pod.Labels))
}

// Services, budgets and policies select the pods that serve; only the policy selects
// those that migrate too.
func TestSelectors(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		o := installed(t, installation)
		for name, pod := range o.pods() {
			serves := name == o.deployment().Name
			require.Equal(t, serves, selects(t, o.deployment().Spec.Selector, pod), name)
			for _, service := range o.services {
				require.Equal(t, serves, selects(t, &meta.LabelSelector{MatchLabels: service.Spec.Selector}, pod), service.Name)
			}
			for _, budget := range o.budgets {
				require.Equal(t, serves, selects(t, budget.Spec.Selector, pod))
			}
			for _, p := range o.policies {
				require.True(t, selects(t, &p.Spec.PodSelector, pod), name)
			}
			for key, value := range pod.Labels {
				require.Empty(t, validation.IsQualifiedName(key))
				require.Empty(t, validation.IsValidLabelValue(value))
			}
		}
		for _, scaler := range o.autoscalers {
			require.Equal(t, o.deployment().Name, scaler.Spec.ScaleTargetRef.Name)
			require.Nil(t, o.deployment().Spec.Replicas, "or each upgrade undoes what the autoscaler did")
		}
		for _, monitor := range o.monitors {
			var found []string
			for name, service := range o.services {
				if selects(t, &monitor.Spec.Selector, core.PodTemplateSpec{ObjectMeta: service.ObjectMeta}) {
					found = append(found, name)
				}
			}
			require.Equal(t, []string{o.deployment().Name + "-private"}, found)
			require.Equal(t, "http", monitor.Spec.Endpoints[0].Port)
		}
	}
}

// What pods mount and read is there, and a hook reads nothing that comes after it.
func TestWhatPodsReadIsThere(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		o := installed(t, installation)
		for name, pod := range o.pods() {
			_, hook := o.jobs[name]
			k := kubelet{t: t, objects: o, pod: pod.Spec}
			require.NotEmpty(t, k.files())
			for _, container := range pod.Spec.Containers {
				require.NotNil(t, k.environment(container))
			}
			for _, volume := range pod.Spec.Volumes {
				if claim := volume.PersistentVolumeClaim; claim != nil {
					require.Contains(t, o.claims, claim.ClaimName)
				}
				if !hook || volume.Projected == nil {
					continue
				}
				config := o.configMaps[volume.Projected.Sources[0].ConfigMap.Name]
				require.Equal(t, "pre-install,pre-upgrade", config.Annotations["helm.sh/hook"])
				require.Equal(t, o.configMaps[o.deployment().Name].Data, config.Data, "both have the same configuration")
			}
		}
	}
}

// The two listeners are two Services, the ingress leads to two paths of the public one, and
// the policy opens each to its own side.
func TestListenersAreApart(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		o := installed(t, installation)
		name := o.deployment().Name
		ports := make(map[string]int32)
		for _, port := range o.deployment().Spec.Template.Spec.Containers[0].Ports {
			ports[port.Name] = port.ContainerPort
		}
		require.Len(t, o.services, 2)
		for _, part := range []string{"private", "public"} {
			service := o.services[name+"-"+part]
			require.Len(t, service.Spec.Ports, 1)
			require.Equal(t, part, service.Spec.Ports[0].TargetPort.StrVal)
			require.Equal(t, ports[part], service.Spec.Ports[0].Port)
			require.Empty(t, validation.IsDNS1035Label(service.Name))
		}
		for _, ingress := range o.ingresses {
			require.Len(t, ingress.Spec.Rules, 1)
			require.Nil(t, ingress.Spec.DefaultBackend)
			shown := map[string]networking.PathType{}
			for _, path := range ingress.Spec.Rules[0].HTTP.Paths {
				shown[path.Path] = *path.PathType
				require.Equal(t, name+"-public", path.Backend.Service.Name)
				require.Equal(t, "http", path.Backend.Service.Port.Name)
			}
			require.Equal(t, map[string]networking.PathType{"/webhooks": networking.PathTypePrefix, "/status": networking.PathTypeExact}, shown)
			require.Equal(t, []string{ingress.Spec.Rules[0].Host}, ingress.Spec.TLS[0].Hosts)
		}
		for _, p := range o.policies {
			require.Len(t, p.Spec.Ingress, 2)
			require.Equal(t, "private", p.Spec.Ingress[0].Ports[0].Port.StrVal)
			require.NotEmpty(t, p.Spec.Ingress[0].From, "or everyone reaches the private listener")
			require.Equal(t, "public", p.Spec.Ingress[1].Ports[0].Port.StrVal)
		}
	}
}

// SQLite has one writer on a volume, PostgreSQL replicas that follow each other.
func TestDatabases(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		o := installed(t, installation)
		d := o.deployment().Spec
		config := o.configMaps[o.deployment().Name].Data["courier.yml"]
		mounts := make(map[string]string)
		for _, mount := range d.Template.Spec.Containers[0].VolumeMounts {
			mounts[mount.MountPath] = mount.Name
		}
		if d.Strategy.Type == "Recreate" {
			require.EqualValues(t, 1, *d.Replicas)
			require.Contains(t, config, "dsn: sqlite:///var/lib/whatsapp-courier/")
			require.Contains(t, mounts, "/var/lib/whatsapp-courier")
			require.Empty(t, o.jobs)
			require.Empty(t, o.budgets)
			continue
		}
		require.NotContains(t, config, "dsn:")
		require.NotContains(t, mounts, "/var/lib/whatsapp-courier")
		require.Equal(t, "DSN", d.Template.Spec.Containers[0].Env[0].Name)
		for _, job := range o.jobs {
			require.Equal(t, "pre-install,pre-upgrade", job.Annotations["helm.sh/hook"])
			require.True(t, strings.HasPrefix(job.Name, o.deployment().Name))
			require.Equal(t, d.Template.Spec.Containers[0].Env, job.Spec.Template.Spec.Containers[0].Env)
			require.Equal(t, d.Template.Spec.Containers[0].Image, job.Spec.Template.Spec.Containers[0].Image)
		}
	}
}

// A changed configuration restarts the pods.
func TestChecksumFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, installation := range installations(t) {
		o := installed(t, installation)
		sum := o.deployment().Spec.Template.Annotations["checksum/config"]
		config := o.configMaps[o.deployment().Name].Data["courier.yml"]
		require.Len(t, sum, 64)
		if before, ok := seen[sum]; ok {
			require.Equal(t, before, config)
		}
		seen[sum] = config
	}
	require.Greater(t, len(seen), 4)
}
